-- By their places, since nothing changes a claimable row but to take it away: one whose row was changed in between would be
-- left for the next survey.
-- Takes the first items of lanes: $1 pool, $2 queues, $3 tenants, $4 ranks to begin at, $5 how many of each, $6 duration in
-- microseconds, $7 owner, $8 whether the lanes' queues were locked for their limits. Beginning at a rank passes by what
-- was taken before and cannot be vacuumed yet.
WITH clock AS MATERIALIZED (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
),
picked AS MATERIALIZED (
    SELECT best.place
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS lane (queue, tenant, from_rank, wanted)
    CROSS JOIN LATERAL (
        SELECT ctid AS place
        FROM lease_ready
        WHERE pool = $1 AND state = 0 AND queue = lane.queue AND tenant = lane.tenant AND rank >= lane.from_rank
        ORDER BY rank, id
        LIMIT lane.wanted
        FOR UPDATE SKIP LOCKED
    ) AS best
    WHERE NOT EXISTS (
        SELECT 1 FROM lease_queue AS set_for
        WHERE set_for.name = lane.queue
          AND (set_for.paused
               OR (NOT $8::boolean AND (set_for.concurrency_max IS NOT NULL OR set_for.rate_per_minute IS NOT NULL)))
    )
),
taken AS (
    DELETE FROM lease_ready
    WHERE ctid = ANY(ARRAY(SELECT place FROM picked))
    RETURNING id, pool, queue, tenant, priority, rank, token + 1 AS token, cancel_requested, concurrency_key, concurrency_limit
),
held AS (
    INSERT INTO lease_held (
        id, pool, queue, tenant, priority, token, owner, claimed_at, expires_at, cancel_requested, concurrency_key,
        concurrency_limit
    )
    SELECT
        id, pool, queue, tenant, priority, token, $7::text, (SELECT now FROM clock),
        (SELECT now FROM clock) + $6::bigint, cancel_requested, concurrency_key, concurrency_limit
    FROM taken
)
SELECT id, token, pool, queue, tenant, priority, (SELECT now FROM clock), cancel_requested, rank
FROM taken
ORDER BY rank, id
