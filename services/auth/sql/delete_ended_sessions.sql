-- Their refresh tokens go with them.
DELETE FROM session WHERE session_id IN (SELECT session_id FROM session WHERE expires_at < $1 LIMIT $2)
