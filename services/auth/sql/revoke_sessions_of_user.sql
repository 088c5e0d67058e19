-- Those of a smaller credential epoch, but for one that is kept.
UPDATE session AS s SET revoked_at = $3, version = version + 1
WHERE s.user_id = $1 AND s.credential_epoch < $2 AND s.revoked_at IS NULL AND s.expires_at > $3
  AND s.session_id <> $4
RETURNING s.session_id, s.user_id, s.username, s.roles, s.created_at, s.expires_at, s.revoked_at, s.version, s.client_id,
       s.scopes, s.credential_epoch, s.user_agent, s.address, s.last_used_at, s.mfa
