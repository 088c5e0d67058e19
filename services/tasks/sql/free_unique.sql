DELETE FROM task_unique WHERE task_id = ANY($1::bigint[])
