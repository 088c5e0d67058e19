-- frame: dead_event
WHERE dead_event_id = $1 AND redriven_at IS NULL
