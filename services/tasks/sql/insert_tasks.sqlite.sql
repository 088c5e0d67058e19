INSERT INTO task (
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent, extra, followed
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
