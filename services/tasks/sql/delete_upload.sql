DELETE FROM file_upload WHERE id = $1 AND (holder = $2 OR held_until < $3)
RETURNING user_id, store_key, bytes, file_id
