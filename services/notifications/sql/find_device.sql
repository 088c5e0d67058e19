SELECT kind, target FROM device WHERE device_id = $1
