-- Which of these still wait for another task.
SELECT DISTINCT task_id FROM task_dependency WHERE task_id = ANY($1::bigint[])
