INSERT INTO session (
    session_id, user_id, username, roles, created_at, expires_at, version, client_id, scopes, last_used_at
) VALUES ($1, 0, '', '', $2, $3, 1, $4, $5, $2)
