-- What belongs to tasks of ids below $1, which is all that is older; not to those that are kept: they have not ended, or did
-- so after $2.
WITH kept AS (
    SELECT id FROM task WHERE id < $1 AND (completed_at IS NULL OR completed_at >= $2)
),
attempts AS (DELETE FROM task_attempt WHERE task_id < $1 AND NOT EXISTS (SELECT 1 FROM kept WHERE id = task_id))
DELETE FROM task_log WHERE task_id < $1 AND NOT EXISTS (SELECT 1 FROM kept WHERE id = task_id)
