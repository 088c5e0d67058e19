-- What belongs to tasks of ids below $1, which is all that is older.
WITH attempts AS (DELETE FROM task_attempt WHERE task_id < $1 AND NOT EXISTS (SELECT 1 FROM task WHERE id = task_id AND completed_at IS NULL))
DELETE FROM task_log WHERE task_id < $1 AND NOT EXISTS (SELECT 1 FROM task WHERE id = task_id AND completed_at IS NULL)
