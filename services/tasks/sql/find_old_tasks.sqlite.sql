SELECT id FROM task WHERE created_at < $1 AND completed_at < $1 LIMIT $2
