INSERT INTO api_key (
    api_key_id, user_id, username, roles, name, token_hash, scopes, credential_epoch, created_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
