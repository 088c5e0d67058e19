-- A place of a concurrency key is kept: the item is claimable at once.
WITH clock AS MATERIALIZED (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
),
expired AS MATERIALIZED (
    SELECT id FROM lease_held
    WHERE expires_at < (SELECT now FROM clock)
    LIMIT $1
    FOR UPDATE SKIP LOCKED
),
gone AS (
    DELETE FROM lease_held
    WHERE id = ANY(ARRAY(SELECT id FROM expired))
    RETURNING *
),
back AS (
    INSERT INTO lease_ready (
        id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key,
        concurrency_limit
    )
    SELECT
        id, pool, queue, tenant, priority, (SELECT now FROM clock), (SELECT now FROM clock) - priority * 600000000,
        token, cancel_requested, 0, concurrency_key, concurrency_limit
    FROM gone
)
SELECT
    id, token, pool, queue, tenant, priority, claimed_at, cancel_requested, 0,
    claimed_at, (SELECT now FROM clock), progress, changes, cancel_requested, owner
FROM gone
