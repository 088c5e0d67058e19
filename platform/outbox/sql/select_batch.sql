-- The oldest rows: always from the start, since rows with smaller ids may be committed after larger ones.
SELECT id, topic, event_key, attributes, payload
FROM outbox
ORDER BY id
LIMIT $1
