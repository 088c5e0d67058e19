-- The rows are then taken out of lease_held by complete, in the same write transaction.
INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
SELECT
    id, queue, priority,
    CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER), token, cancel_requested
FROM lease_held
WHERE expires_at < CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
LIMIT $1
RETURNING id, token, queue, priority
