SELECT user_id, device_id FROM device WHERE user_id IN (SELECT value FROM json_each($1)) ORDER BY device_id
