-- Apart from list_user_tasks so that the index on user, status and age serves it.
-- A page ends before the row that would carry it past $13 bytes; the last column counts what it might have held.
SELECT id, user_id, type, status, priority, progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at, cancel_requested,
       version, correlation_id, traceparent,
       CASE WHEN length(result) <= $1 THEN result END, result IS NOT NULL AND length(result) > $1,
       found
FROM (
    SELECT page.*, count(*) OVER () AS found,
           sum(length(parameters) + CASE WHEN length(result) <= $1 THEN length(result) ELSE 0 END)
               OVER (ORDER BY created_at DESC, id DESC) AS bytes
    FROM (
        SELECT * FROM task
        WHERE user_id = $11 AND status = $12 AND (created_at, id) < ($3, $4)
          AND ($5 = '' OR type = $5) AND ($6 < 0 OR priority = $6) AND ($7 = '' OR queue = $7)
          AND ($8 = '' OR replace(tags, $8, '') <> tags) AND created_at >= $9 AND created_at < $10
        ORDER BY created_at DESC, id DESC LIMIT $2
    ) AS page
) AS sized
WHERE bytes - length(parameters) - CASE WHEN length(result) <= $1 THEN length(result) ELSE 0 END < $13
ORDER BY created_at DESC, id DESC
