SELECT count(*) FROM device WHERE user_id = $1
