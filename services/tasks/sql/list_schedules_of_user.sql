-- A page ends before the row that would carry it past $3 bytes; the last column counts what it might have held.
SELECT id, user_id, name, cron, time_zone, missed_runs, overlap, paused, starts_at, ends_at, task, next_run_at,
       last_run_at, last_task_id, last_error, version, created_at, updated_at,
       found
FROM (
    SELECT page.*, count(*) OVER () AS found, sum(length(task)) OVER (ORDER BY id) AS bytes
    FROM (SELECT * FROM schedule WHERE user_id = $4 AND id > $1 ORDER BY id LIMIT $2) AS page
) AS sized
WHERE bytes - length(task) < $3
ORDER BY id
