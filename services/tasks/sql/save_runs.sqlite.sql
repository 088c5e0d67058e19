UPDATE schedule SET
    next_run_at = $2, last_run_at = coalesce($3, last_run_at), last_task_id = coalesce($4, last_task_id),
    last_error = $5
WHERE id = $1
