-- What stands behind a batch that is being published. Rows it misses are found by the next select from the start.
SELECT id, topic, event_key, attributes, payload
FROM outbox
WHERE id > $1
ORDER BY id
LIMIT $2
