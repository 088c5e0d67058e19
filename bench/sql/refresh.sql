-- One refresh a transaction, as the service would write it without its batches: the token and its session are locked
-- and read, the token is used up, the session touched, the successor stored. Client c follows the chains of its own
-- 16 sessions; the hash of a token is made of its session and its place in the chain.
\set session :client_id * 16 + :step % 16
\set turn :step / 16
\set next :turn + 1
\set step :step + 1
BEGIN;
SELECT s.*, t.*
FROM bench.refresh_token t JOIN bench.session s ON s.session_id = t.session_id
WHERE t.token_hash = encode(sha256((CAST(:session AS text) || '-' || CAST(:turn AS text))::bytea), 'hex')
FOR UPDATE OF s, t;
UPDATE bench.refresh_token SET used_at = 1790000000000000, successor_sealed = :sealed
WHERE token_hash = encode(sha256((CAST(:session AS text) || '-' || CAST(:turn AS text))::bytea), 'hex');
UPDATE bench.session SET last_used_at = 1790000000000000
WHERE session_id = md5(CAST(:session AS text))::uuid::text;
INSERT INTO bench.refresh_token (token_hash, session_id, issued_at, expires_at)
VALUES (
    encode(sha256((CAST(:session AS text) || '-' || CAST(:next AS text))::bytea), 'hex'),
    md5(CAST(:session AS text))::uuid::text, 1790000000000000, 1792592000000000
);
COMMIT;
