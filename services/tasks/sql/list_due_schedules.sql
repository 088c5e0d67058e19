SELECT id, user_id, name, cron, time_zone, missed_runs, overlap, paused, starts_at, ends_at, task, next_run_at,
       last_run_at, last_task_id, last_error, version, created_at, updated_at
FROM schedule WHERE next_run_at <= $1 ORDER BY next_run_at, id LIMIT $2
