-- Only a session that stands, of this user; 0: of anybody.
UPDATE session AS s SET revoked_at = $3, version = version + 1
WHERE s.session_id = $1 AND (s.user_id = $2 OR $2 = 0) AND s.revoked_at IS NULL AND s.expires_at > $3
RETURNING session_id, user_id, username, roles, created_at, expires_at, revoked_at, version, client_id,
       scopes, credential_epoch, user_agent, address, last_used_at, mfa
