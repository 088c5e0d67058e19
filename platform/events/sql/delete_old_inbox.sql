DELETE FROM inbox
WHERE (consumer, event_id) IN (SELECT consumer, event_id FROM inbox WHERE seen_at < $1 ORDER BY seen_at LIMIT 1000)
