-- One session for each of the refresh tokens whose hashes are given, as a login writes it.
WITH given AS (
    SELECT hash, substr(hash, 1, 32)::uuid::text AS id, number,
           (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    FROM unnest(string_to_array(:'hashes', ',')) WITH ORDINALITY AS each(hash, number)
), opened AS (
    INSERT INTO session (
        session_id, user_id, username, roles, created_at, expires_at, version, user_agent, address, last_used_at
    )
    SELECT id, 1000000 + number, 'bench' || number, 'user', now, now + 7776000000000, 1, 'bench', '127.0.0.1', now
    FROM given
)
INSERT INTO refresh_token (token_hash, session_id, issued_at, expires_at)
SELECT hash, id, now, now + 2592000000000 FROM given;
