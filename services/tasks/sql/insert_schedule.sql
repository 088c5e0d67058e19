INSERT INTO schedule (
    id, user_id, name, cron, time_zone, missed_runs, overlap, paused, starts_at, ends_at, task, next_run_at,
    version, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
