UPDATE session SET last_used_at = $2 WHERE session_id = $1
