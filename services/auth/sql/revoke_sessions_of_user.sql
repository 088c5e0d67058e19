-- Those of a smaller credential epoch, but for one that is kept.
UPDATE session AS s SET revoked_at = $3, version = version + 1
WHERE s.user_id = $1 AND s.credential_epoch < $2 AND s.revoked_at IS NULL AND s.expires_at > $3
  AND s.session_id <> $4
RETURNING session_id, user_id, username, roles, created_at, expires_at, revoked_at, version, client_id,
       scopes, credential_epoch, user_agent, address, last_used_at, mfa
