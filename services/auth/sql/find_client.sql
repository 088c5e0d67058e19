SELECT client_id, name, secret_hash, scopes, created_at, version
FROM oauth_client WHERE client_id = $1 AND revoked_at IS NULL
