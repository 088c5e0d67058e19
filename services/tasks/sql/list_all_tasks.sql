-- For administrators; $11 empty: any status.
SELECT id, user_id, type, status, priority, progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at, cancel_requested,
       version, correlation_id, traceparent,
       CASE WHEN length(result) <= $1 THEN result END, result IS NOT NULL AND length(result) > $1
FROM task
WHERE (created_at, id) < ($3, $4)
  AND ($5 = '' OR type = $5) AND ($6 < 0 OR priority = $6) AND ($7 = '' OR queue = $7)
  AND ($8 = '' OR replace(tags, $8, '') <> tags) AND created_at >= $9 AND created_at < $10
  AND ($11 = '' OR status = $11)
ORDER BY created_at DESC, id DESC LIMIT $2
