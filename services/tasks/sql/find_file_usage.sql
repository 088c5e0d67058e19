SELECT bytes FROM file_usage WHERE user_id = $1
