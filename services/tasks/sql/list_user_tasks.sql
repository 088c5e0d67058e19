-- $7 is a tag as it stands in the JSON array, with its quotes.
SELECT id, user_id, type, status, priority, progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at, cancel_requested,
       version, correlation_id, traceparent,
       CASE WHEN length(result) <= $1 THEN result END, result IS NOT NULL AND length(result) > $1
FROM task
WHERE user_id = $10 AND id < $3
  AND ($4 = '' OR type = $4) AND ($5 < 0 OR priority = $5) AND ($6 = '' OR queue = $6)
  AND ($7 = '' OR replace(tags, $7, '') <> tags) AND created_at >= $8 AND created_at < $9
ORDER BY id DESC LIMIT $2
