UPDATE schedule SET
    name = $2, cron = $3, time_zone = $4, missed_runs = $5, overlap = $6, paused = $7, starts_at = $8, ends_at = $9,
    task = $10, next_run_at = $11, version = $12, updated_at = $13
WHERE id = $1
