DELETE FROM task_dependency WHERE parent_id IN (SELECT value FROM json_each($1)) RETURNING task_id, parent_id
