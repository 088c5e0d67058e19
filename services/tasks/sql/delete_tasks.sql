DELETE FROM task WHERE id = ANY($1::bigint[])
