SELECT s.session_id, s.user_id, s.username, s.roles, s.created_at, s.expires_at, s.revoked_at, s.version, s.client_id,
       s.scopes, s.credential_epoch, s.user_agent, s.address, s.last_used_at, s.mfa,
       t.token_hash, t.expires_at, t.used_at, t.successor_sealed
FROM refresh_token t JOIN session s ON s.session_id = t.session_id
WHERE t.token_hash = $1
