-- Those that another process runs or changes are passed over.
SELECT id, version, next_run_at, last_task_id FROM schedule
WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED
