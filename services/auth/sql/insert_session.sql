INSERT INTO session (
    session_id, user_id, username, roles, created_at, expires_at, version, client_id, scopes, credential_epoch,
    user_agent, address, last_used_at, mfa
) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $5, $12)
