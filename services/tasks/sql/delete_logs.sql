DELETE FROM task_log WHERE task_id = ANY($1::bigint[])
