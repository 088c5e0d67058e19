-- The row is then taken out of lease_held by complete, in the same write transaction.
INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
SELECT
    id, queue, $3, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) + $4, token, cancel_requested
FROM lease_held
WHERE id = $1 AND token = $2
RETURNING id
