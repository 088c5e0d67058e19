DELETE FROM device WHERE user_id = $1
