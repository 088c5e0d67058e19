INSERT INTO session (
    session_id, user_id, username, roles, created_at, expires_at, version, client_id, scopes, last_used_at
)
SELECT session_id, 0, '', '', created_at, expires_at, 1, client_id, scopes, created_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
    AS granted(session_id, created_at, expires_at, client_id, scopes)
