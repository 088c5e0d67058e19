SELECT user_id, device_id FROM device WHERE user_id = ANY($1::bigint[]) ORDER BY device_id
