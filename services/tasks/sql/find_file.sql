SELECT id, user_id, task_id, name, media_type, bytes, sha256, store_key, created_at, expires_at FROM file WHERE id = $1
