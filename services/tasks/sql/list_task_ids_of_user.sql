SELECT id FROM task WHERE user_id = $1 LIMIT $2
