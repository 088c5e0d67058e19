-- The version grows with each change that a watcher can see, progress included: a claim is one, and the lease counts those
-- since.
SELECT task.id, task.version + coalesce(1 + held.changes, 0)
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE task.id IN (SELECT value FROM json_each($1))
