-- One writer at a time: the transaction itself is the lock.
SELECT t.expires_at, t.used_at, t.successor_sealed,
       s.session_id, s.user_id, s.username, s.roles, s.expires_at, s.revoked_at, s.version
FROM refresh_token t JOIN session s ON s.session_id = t.session_id
WHERE t.token_hash = $1
