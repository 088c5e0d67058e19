UPDATE session SET revoked_at = $2, version = version + 1 WHERE session_id = $1 AND revoked_at IS NULL
