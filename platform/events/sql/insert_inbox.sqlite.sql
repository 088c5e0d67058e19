INSERT INTO inbox (consumer, event_id, seen_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING event_id
