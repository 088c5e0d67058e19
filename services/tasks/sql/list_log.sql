-- $2 null: every attempt; from behind ($3, $4) on.
SELECT attempt, line, logged_at, severity, message
FROM task_log
WHERE task_id = $1 AND (CAST($2 AS bigint) IS NULL OR attempt = $2) AND (attempt, line) > ($3, $4)
ORDER BY attempt, line
LIMIT $5
