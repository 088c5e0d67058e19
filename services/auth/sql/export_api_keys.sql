-- Those that have ended too, without their hashes.
SELECT api_key_id, name, scopes, username, roles, created_at, expires_at, last_used_at, revoked_at
FROM api_key
WHERE user_id = $1 AND created_at <= $2 AND (created_at < $2 OR api_key_id < $3)
ORDER BY created_at DESC, api_key_id DESC
LIMIT $4
