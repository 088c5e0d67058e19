-- The claimed rows are then taken out of lease_ready by drop_claimed, in the same write transaction.
INSERT INTO lease_held (id, queue, priority, token, owner, expires_at, cancel_requested)
SELECT
    id, queue, priority, token + 1, $4, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) + $3,
    cancel_requested
FROM lease_ready
WHERE queue = $1 AND run_at <= CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
ORDER BY priority DESC, run_at, id
LIMIT $2
RETURNING id, token, queue, priority
