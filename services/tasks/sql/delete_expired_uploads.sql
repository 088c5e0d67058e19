DELETE FROM file_upload WHERE id IN (
    SELECT id FROM file_upload WHERE expires_at <= $1 AND held_until < $1 ORDER BY expires_at LIMIT $2
)
RETURNING user_id, store_key, bytes, file_id
