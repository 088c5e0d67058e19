SELECT DISTINCT task_id FROM task_dependency WHERE parent_id IN (SELECT value FROM json_each($1)) ORDER BY task_id
