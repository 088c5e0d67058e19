-- The parents have ended: who waited for which.
DELETE FROM task_dependency WHERE parent_id = ANY($1::bigint[]) RETURNING task_id, parent_id
