-- run_at 0 is now, by the database's clock.
INSERT INTO lease_ready (
    id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key, concurrency_limit
)
SELECT
    id, pool, queue, tenant, priority, due, due - priority * 600000000, 0, false,
    CASE WHEN due > now THEN 1 WHEN concurrency_key IS NOT NULL THEN 2 ELSE 0 END,
    concurrency_key, concurrency_limit
FROM (
    SELECT given.*, clock.now, CASE WHEN run_at = 0 THEN clock.now ELSE run_at END AS due
    FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[]
    ) AS given (id, pool, queue, tenant, priority, run_at, concurrency_key, concurrency_limit)
    CROSS JOIN (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
) AS timed
