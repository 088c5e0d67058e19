-- Only looks: the rows are then moved by release.
SELECT
    id, token, pool, queue, tenant, priority, claimed_at, cancel_requested, 0,
    claimed_at, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER), progress,
    changes, cancel_requested, owner
FROM lease_held
WHERE expires_at < CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
LIMIT $1
