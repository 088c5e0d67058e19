DELETE FROM task_attempt WHERE task_id = ANY($1::bigint[])
