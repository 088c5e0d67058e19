UPDATE dead_event SET redriven_at = $2, version = version + 1
WHERE dead_event_id IN (SELECT value FROM json_each($1))
