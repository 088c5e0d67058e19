DELETE FROM file WHERE id IN (SELECT id FROM file WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
RETURNING user_id, store_key, bytes
