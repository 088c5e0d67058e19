UPDATE file_usage SET bytes = bytes - $2 WHERE user_id = $1
