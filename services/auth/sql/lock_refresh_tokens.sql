-- The session's row is what all uses of its tokens, its logout and its revocation wait for. The token's row is locked
-- besides: only a locked row is read again after the wait, the other one stays as the statement first saw it. In one
-- order, so that two batches never wait for each other.
SELECT s.session_id, s.user_id, s.username, s.roles, s.created_at, s.expires_at, s.revoked_at, s.version, s.client_id,
       s.scopes, s.credential_epoch, s.user_agent, s.address, s.last_used_at, s.mfa,
       t.token_hash, t.expires_at, t.used_at, t.successor_sealed
FROM refresh_token t JOIN session s ON s.session_id = t.session_id
WHERE t.token_hash = ANY($1::text[])
ORDER BY s.session_id, t.token_hash
FOR UPDATE OF s, t
