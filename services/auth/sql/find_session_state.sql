SELECT revoked_at FROM session WHERE session_id = $1
