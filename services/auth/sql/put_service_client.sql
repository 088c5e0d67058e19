-- What the configuration says holds, also against an earlier one.
INSERT INTO oauth_client (client_id, name, secret_hash, scopes, created_at, version) VALUES ($1, $1, $2, $3, $4, 1)
ON CONFLICT (client_id) DO UPDATE SET
    secret_hash = excluded.secret_hash, scopes = excluded.scopes, revoked_at = NULL,
    version = oauth_client.version + 1
