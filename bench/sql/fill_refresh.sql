-- What refresh.sql begins with: 16 sessions a client, each with its first token.
TRUNCATE bench.session, bench.refresh_token;
INSERT INTO bench.session (
    session_id, user_id, username, roles, created_at, expires_at, version, user_agent, address, last_used_at
)
SELECT md5(i::text)::uuid::text, 1000000 + i, 'bench' || i, 'user', 1790000000000000, 1797776000000000, 1, 'bench',
       '127.0.0.1', 1790000000000000
FROM generate_series(0, 64 * 16 - 1) AS i;
INSERT INTO bench.refresh_token (token_hash, session_id, issued_at, expires_at)
SELECT encode(sha256((i || '-0')::bytea), 'hex'), md5(i::text)::uuid::text, 1790000000000000, 1792592000000000
FROM generate_series(0, 64 * 16 - 1) AS i;
VACUUM ANALYZE bench.session, bench.refresh_token;
