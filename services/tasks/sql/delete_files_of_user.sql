DELETE FROM file WHERE id IN (SELECT id FROM file WHERE user_id = $1 LIMIT $2) RETURNING user_id, store_key, bytes
