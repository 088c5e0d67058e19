-- They wait no more.
DELETE FROM task_dependency WHERE task_id = ANY($1::bigint[])
