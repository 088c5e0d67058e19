DELETE FROM file_upload WHERE id IN (SELECT id FROM file_upload WHERE user_id = $1 LIMIT $2)
RETURNING user_id, store_key, bytes, file_id
