-- frame: dead_event
WHERE dead_event_id = ANY($1::bigint[]) AND redriven_at IS NULL ORDER BY dead_event_id FOR UPDATE
