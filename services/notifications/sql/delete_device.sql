DELETE FROM device WHERE device_id = $1
