UPDATE dead_event SET redriven_at = $2, version = version + 1 WHERE dead_event_id = ANY($1::bigint[])
