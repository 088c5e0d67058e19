DELETE FROM dead_event
WHERE dead_event_id IN (SELECT dead_event_id FROM dead_event WHERE redriven_at <= $1 ORDER BY redriven_at LIMIT $2)
