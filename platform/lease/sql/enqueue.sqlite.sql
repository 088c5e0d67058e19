INSERT INTO lease_ready (
    id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key, concurrency_limit
)
SELECT
    $1, $2, $3, $4, $5, due, due - $5 * 600000000, 0, 0,
    CASE WHEN due > now THEN 1 WHEN $7 IS NOT NULL THEN 2 ELSE 0 END,
    $7, $8
FROM (
    SELECT now, CASE WHEN $6 = 0 THEN now ELSE $6 END AS due
    FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS now)
)
