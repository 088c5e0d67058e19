UPDATE schedule SET
    next_run_at = made.next_run_at, last_run_at = coalesce(made.last_run_at, schedule.last_run_at),
    last_task_id = coalesce(made.last_task_id, schedule.last_task_id), last_error = made.last_error
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
    AS made(id, next_run_at, last_run_at, last_task_id, last_error)
WHERE schedule.id = made.id
