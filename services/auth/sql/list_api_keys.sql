SELECT api_key_id, name, scopes, created_at, expires_at, last_used_at
FROM api_key
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND created_at <= $3
  AND (created_at < $3 OR api_key_id < $4)
ORDER BY created_at DESC, api_key_id DESC
LIMIT $5
