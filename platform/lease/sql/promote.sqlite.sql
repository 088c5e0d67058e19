UPDATE lease_ready
SET state = CASE WHEN concurrency_key IS NULL THEN 0 ELSE 2 END
WHERE id IN (
    SELECT id FROM lease_ready
    WHERE state = 1 AND run_at <= CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
    ORDER BY run_at
    LIMIT $1
)
RETURNING id, concurrency_key
