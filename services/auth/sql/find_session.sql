SELECT s.session_id, s.user_id, s.username, s.roles, s.created_at, s.expires_at, s.revoked_at, s.version, s.client_id,
       s.scopes, s.credential_epoch, s.user_agent, s.address, s.last_used_at, s.mfa FROM session s WHERE s.session_id = $1
