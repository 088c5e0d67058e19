SELECT coalesce(max(line), 0) FROM task_log WHERE task_id = $1 AND attempt = $2
