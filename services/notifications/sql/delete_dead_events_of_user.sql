DELETE FROM dead_event WHERE user_id = $1 AND user_id > 0
