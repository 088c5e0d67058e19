SELECT id, status FROM task WHERE id = ANY($1::bigint[])
