DELETE FROM dead_event WHERE dead_event_id = $1
