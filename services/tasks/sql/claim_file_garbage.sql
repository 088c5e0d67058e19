-- Those that are due, and again from $2 on where deleting them fails.
UPDATE file_garbage SET sweeping = true, due_at = $2
WHERE store_key IN (SELECT store_key FROM file_garbage WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
RETURNING store_key
