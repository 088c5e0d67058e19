SELECT id, user_id, name, bytes, sha256, received, store_key, store_state, digest_state, file_id, created_at,
       expires_at
FROM file_upload WHERE id = $1
