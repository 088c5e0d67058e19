UPDATE dead_event SET reason = $2, version = version + 1 WHERE dead_event_id = $1 AND redriven_at IS NULL
