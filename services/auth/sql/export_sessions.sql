-- Those that have ended too. Nothing secret stands in a session.
SELECT s.session_id, s.user_id, s.username, s.roles, s.created_at, s.expires_at, s.revoked_at, s.version, s.client_id,
       s.scopes, s.credential_epoch, s.user_agent, s.address, s.last_used_at, s.mfa
FROM session s
WHERE s.user_id = $1 AND s.created_at <= $2 AND (s.created_at < $2 OR s.session_id < $3)
ORDER BY s.created_at DESC, s.session_id DESC
LIMIT $4
