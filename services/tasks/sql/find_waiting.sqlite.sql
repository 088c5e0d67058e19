SELECT DISTINCT task_id FROM task_dependency WHERE task_id IN (SELECT value FROM json_each($1))
