-- The session's row is what all uses of its tokens, its logout and its revocation wait for. The token's row is locked
-- besides: only a locked row is read again after the wait, the other one stays as the statement first saw it.
SELECT t.expires_at, t.used_at, t.successor_sealed,
       s.session_id, s.user_id, s.username, s.roles, s.expires_at, s.revoked_at, s.version
FROM refresh_token t JOIN session s ON s.session_id = t.session_id
WHERE t.token_hash = $1
FOR UPDATE OF s, t
