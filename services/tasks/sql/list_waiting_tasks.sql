-- The user's pending tasks, where few of them wait.
-- $8 is a tag as it stands in the JSON array, with its quotes.
-- A page ends before the row that would carry it past $11 bytes; the last column counts what it might have held.
SELECT id, user_id, type, status, priority, progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at, cancel_requested,
       version, correlation_id, traceparent,
       CASE WHEN length(result) <= $1 THEN result END, result IS NOT NULL AND length(result) > $1,
       extra, worker, followed,
       held_token, held_at, held_progress, held_changes, held_cancel, held_by, found
FROM (
    SELECT page.*, count(*) OVER () AS found,
           sum(length(parameters) + CASE WHEN length(result) <= $1 THEN length(result) ELSE 0 END)
               OVER (ORDER BY created_at DESC, id DESC) AS bytes
    FROM (
        SELECT task.*, NULL AS held_token, NULL AS held_at, NULL AS held_progress, NULL AS held_changes,
               NULL AS held_cancel, NULL AS held_by
        FROM lease_ready AS waiting JOIN task ON task.id = waiting.id
        WHERE waiting.tenant = $10 AND state <> 1 AND status = 'pending' AND (created_at, task.id) < ($3, $4)
          AND ($5 = '' OR type = $5) AND ($6 < 0 OR task.priority = $6) AND ($7 = '' OR task.queue = $7)
          AND ($8 = '' OR replace(tags, $8, '') <> tags) AND created_at >= $9
        ORDER BY created_at DESC, task.id DESC LIMIT $2
    ) AS page
) AS sized
WHERE bytes - length(parameters) - CASE WHEN length(result) <= $1 THEN length(result) ELSE 0 END < $11
ORDER BY created_at DESC, id DESC
