SELECT id, user_id, task_id, name, media_type, bytes, sha256, store_key, created_at, expires_at FROM file
WHERE user_id = $1 AND (created_at, id) < ($2, $3)
ORDER BY created_at DESC, id DESC LIMIT $4
