SELECT version, body, updated_at FROM preference WHERE user_id = $1
