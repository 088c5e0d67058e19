INSERT INTO oauth_client (client_id, name, secret_hash, scopes, created_by, created_at, version)
VALUES ($1, $2, $3, $4, $5, $6, 1)
