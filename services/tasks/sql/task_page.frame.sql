-- A page of tasks, newest first: $1 how long a result may be to be carried, $2 how many rows, $3 and $4 behind which place,
-- $5 type, $6 priority, $7 queue, $8 a tag as it stands in the JSON array with its quotes, $9 the first instant; empty or
-- negative: any. The page ends before the row that would carry it past $10 bytes; the last column counts what it might have
-- held. A statement in this frame says where its tasks are found, from FROM to WHERE, with $11 and on.
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
        SELECT task.*, held.token AS held_token, held.claimed_at AS held_at, held.progress AS held_progress,
               held.changes AS held_changes, held.cancel_requested AS held_cancel, held.owner AS held_by
        :rows
          AND (created_at, task.id) < ($3, $4)
          AND ($5 = '' OR type = $5) AND ($6 < 0 OR task.priority = $6) AND ($7 = '' OR task.queue = $7)
          AND ($8 = '' OR replace(tags, $8, '') <> tags) AND created_at >= $9
        ORDER BY created_at DESC, task.id DESC LIMIT $2
    ) AS page
) AS sized
WHERE bytes - length(parameters) - CASE WHEN length(result) <= $1 THEN length(result) ELSE 0 END < $10
ORDER BY created_at DESC, id DESC
