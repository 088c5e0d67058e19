-- The version grows with each change that a watcher can see, progress included.
SELECT id, version FROM task WHERE id IN (SELECT value FROM json_each($1))
