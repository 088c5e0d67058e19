DELETE FROM task_unique WHERE task_id IN (SELECT value FROM json_each($1))
