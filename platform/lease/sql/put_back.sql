-- Undoes the claim of this transaction for some of its items: $1 ids, $2 their ranks. Nobody has seen their tokens.
WITH gone AS (
    DELETE FROM lease_held
    USING unnest($1::bigint[], $2::bigint[]) AS given (id, rank)
    WHERE lease_held.id = ANY($1::bigint[]) AND lease_held.id = given.id
    RETURNING lease_held.*, given.rank
)
INSERT INTO lease_ready (
    id, pool, queue, tenant, priority, run_at, rank, token, cancel_requested, state, concurrency_key, concurrency_limit
)
SELECT
    id, pool, queue, tenant, priority, rank + priority * 600000000, rank, token - 1, cancel_requested, 0, concurrency_key,
    concurrency_limit
FROM gone
