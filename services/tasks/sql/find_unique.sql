SELECT task_id FROM task_unique WHERE user_id = $1 AND unique_key = $2
