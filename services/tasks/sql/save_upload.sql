-- No row comes back to one that holds it no more.
UPDATE file_upload SET received = $3, store_state = $4, digest_state = $5, held_until = $6, expires_at = $7
WHERE id = $1 AND holder = $2 RETURNING id
