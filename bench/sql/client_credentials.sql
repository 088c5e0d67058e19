-- The session of one client_credentials token a transaction.
INSERT INTO bench.session (
    session_id, user_id, username, roles, created_at, expires_at, version, client_id, scopes, last_used_at
) VALUES (
    gen_random_uuid()::text, 0, '', '', 1790000000000000, 1790000600000000, 1, 'client-0123456789abcdef',
    'introspect', 1790000000000000
);
