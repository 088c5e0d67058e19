INSERT INTO task_log (task_id, attempt, line, logged_at, severity, message)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
