-- The rows are then taken out of lease_held by drop_held, in the same write transaction.
INSERT INTO lease_ready (
    id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key, concurrency_limit
)
SELECT
    lease_held.id, pool, queue, tenant, priority, ranks.value + priority * 600000000, ranks.value, token - 1, cancel_requested, 0,
    concurrency_key, concurrency_limit
FROM lease_held
JOIN json_each($1) AS ids ON ids.value = lease_held.id
JOIN json_each($2) AS ranks ON ranks.key = ids.key
