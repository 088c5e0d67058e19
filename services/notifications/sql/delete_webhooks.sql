DELETE FROM webhook WHERE user_id = $1
