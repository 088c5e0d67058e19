-- frame: dead_event
WHERE dead_event_id IN (SELECT value FROM json_each($1)) AND redriven_at IS NULL ORDER BY dead_event_id
