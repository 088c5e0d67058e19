-- The rows are then taken out of lease_held by complete, in the same write transaction, which answers them.
INSERT INTO lease_ready (
    id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key, concurrency_limit
)
SELECT
    id, pool, queue, tenant, priority, now + delay, now + delay - priority * 600000000, lease_held.token,
    cancel_requested,
    CASE WHEN delay > 0 THEN 1 WHEN concurrency_key IS NOT NULL THEN 2 ELSE 0 END,
    concurrency_key, concurrency_limit
FROM lease_held
JOIN (
    SELECT ids.value AS given_id, tokens.value AS given_token, delays.value AS delay,
           CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS now
    FROM json_each($1) AS ids
    JOIN json_each($2) AS tokens ON tokens.key = ids.key
    JOIN json_each($3) AS delays ON delays.key = ids.key
) ON given_id = lease_held.id AND given_token = lease_held.token
