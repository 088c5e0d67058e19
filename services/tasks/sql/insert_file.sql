INSERT INTO file (id, user_id, task_id, name, media_type, bytes, sha256, store_key, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
