SELECT position, event_key, headers, payload
FROM log_event
WHERE topic = $1 AND position > $2
ORDER BY position
LIMIT $3
