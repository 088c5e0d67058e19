SELECT client_id, name, secret_hash, scopes, created_at, version
FROM oauth_client
WHERE revoked_at IS NULL AND created_at <= $1 AND (created_at < $1 OR client_id < $2)
ORDER BY created_at DESC, client_id DESC
LIMIT $3
