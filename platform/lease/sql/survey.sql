-- The lanes of a pool that hold claimable work, breadth first over the queues that are not paused: $1 pool, $2 the tenant
-- behind which each queue begins, $3 how many at most. Each step is one look into the index: a loose index scan.
WITH RECURSIVE queue_found (name) AS (
    SELECT (SELECT queue FROM lease_ready WHERE pool = $1 AND state = 0 ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (
        SELECT queue FROM lease_ready
        WHERE pool = $1 AND state = 0 AND queue > queue_found.name ORDER BY queue LIMIT 1
    )
    FROM queue_found
    WHERE queue_found.name IS NOT NULL
),
lane (queue, limited, tenant) AS (
    SELECT
        queue_found.name,
        set_for.concurrency_max IS NOT NULL OR set_for.rate_per_minute IS NOT NULL,
        (
            SELECT tenant FROM lease_ready
            WHERE pool = $1 AND state = 0 AND queue = queue_found.name AND tenant > $2 ORDER BY tenant LIMIT 1
        )
    FROM queue_found LEFT JOIN lease_queue AS set_for ON set_for.name = queue_found.name
    WHERE queue_found.name IS NOT NULL AND NOT coalesce(set_for.paused, false)
    UNION ALL
    SELECT
        lane.queue, lane.limited,
        (
            SELECT tenant FROM lease_ready
            WHERE pool = $1 AND state = 0 AND queue = lane.queue AND tenant > lane.tenant ORDER BY tenant LIMIT 1
        )
    FROM lane
    WHERE lane.tenant IS NOT NULL
)
SELECT
    queue, tenant, limited,
    (
        SELECT rank FROM lease_ready
        WHERE pool = $1 AND state = 0 AND queue = lane.queue AND tenant = lane.tenant ORDER BY rank LIMIT 1
    )
FROM lane
WHERE tenant IS NOT NULL
LIMIT $3
