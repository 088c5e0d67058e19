INSERT INTO session (session_id, user_id, username, roles, created_at, expires_at, version)
VALUES ($1, $2, $3, $4, $5, $6, 1)
