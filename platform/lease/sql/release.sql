-- $1 ids, $2 their tokens, $3 delays in microseconds. Answers those that still held.
WITH clock AS MATERIALIZED (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
),
gone AS (
    DELETE FROM lease_held
    USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS given (id, token, delay)
    WHERE lease_held.id = ANY($1::bigint[]) AND lease_held.id = given.id AND lease_held.token = given.token
    RETURNING lease_held.*, (SELECT now FROM clock) + given.delay AS run_at, given.delay
),
back AS (
    INSERT INTO lease_ready (
        id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key,
        concurrency_limit
    )
    SELECT
        id, pool, queue, tenant, priority, run_at, run_at - priority * 600000000, token, cancel_requested,
        CASE WHEN delay > 0 THEN 1 WHEN concurrency_key IS NOT NULL THEN 2 ELSE 0 END,
        concurrency_key, concurrency_limit
    FROM gone
)
SELECT id, claimed_at, (SELECT now FROM clock), progress, changes, cancel_requested, owner, concurrency_key, token FROM gone
