SELECT api_key_id, user_id, username, roles, scopes, expires_at, last_used_at
FROM api_key WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2
