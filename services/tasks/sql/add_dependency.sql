INSERT INTO task_dependency (task_id, parent_id) VALUES ($1, $2)
