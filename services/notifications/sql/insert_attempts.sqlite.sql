INSERT INTO notification_attempt (notification_id, number, started_at, finished_at, outcome, answer, provider)
VALUES ($1, $2, $3, $4, $5, $6, $7)
