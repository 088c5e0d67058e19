UPDATE task_unique SET task_id = $3 WHERE user_id = $1 AND unique_key = $2
