SELECT DISTINCT task_id FROM task_dependency WHERE parent_id = ANY($1::bigint[]) ORDER BY task_id
