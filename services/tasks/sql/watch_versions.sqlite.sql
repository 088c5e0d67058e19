-- The version grows with each change that a watcher can see: what runs has its lease's changes and its start besides.
SELECT task.id, task.version + CASE WHEN held.id IS NULL THEN 0 ELSE 1 + held.changes END
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE task.id IN (SELECT value FROM json_each($1))
