SELECT device_id, user_id, kind, label, created_at FROM device
WHERE user_id = $1 AND device_id > $2 ORDER BY device_id LIMIT $3
