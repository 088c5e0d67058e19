SELECT attempt, worker, started_at, ended_at, outcome, error_message
FROM task_attempt WHERE task_id = $1 ORDER BY attempt LIMIT 1000
