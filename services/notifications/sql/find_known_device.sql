SELECT device_id FROM device WHERE user_id = $1 AND fingerprint = $2
