UPDATE api_key SET last_used_at = $2 WHERE api_key_id = $1
