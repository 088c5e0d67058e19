-- No row comes back where somebody else holds it, or where it is whole.
UPDATE file_upload SET holder = $2, held_until = $3
WHERE id = $1 AND file_id IS NULL AND (holder = '' OR held_until < $4)
RETURNING id, user_id, name, bytes, sha256, received, store_key, store_state, digest_state, file_id, created_at,
          expires_at
