-- The write transaction is the lock.
SELECT id, version, next_run_at, last_task_id FROM schedule
WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id
