DELETE FROM task_log WHERE task_id IN (SELECT value FROM json_each($1))
