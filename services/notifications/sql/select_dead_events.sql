-- Oldest first, since later events build on earlier ones.
SELECT dead_event_id, length(payload) FROM dead_event
WHERE redriven_at IS NULL AND ($1 = '' OR topic = $1) AND ($2 = '' OR event_type = $2)
  AND created_at >= $3 AND created_at < $4
ORDER BY dead_event_id LIMIT $5
