DELETE FROM file WHERE id = $1 RETURNING user_id, store_key, bytes
