DELETE FROM device WHERE user_id = $1 AND device_id = $2 RETURNING device_id
