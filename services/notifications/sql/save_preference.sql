UPDATE preference SET version = $2, body = $3, updated_at = $4 WHERE user_id = $1
