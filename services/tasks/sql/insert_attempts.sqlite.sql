INSERT INTO task_attempt (task_id, attempt, worker, started_at, ended_at, outcome, error_message)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
