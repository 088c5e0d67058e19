SELECT id, status FROM task WHERE id IN (SELECT value FROM json_each($1))
