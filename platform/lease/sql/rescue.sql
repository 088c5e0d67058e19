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
    RETURNING id, queue, priority, token, cancel_requested
)
INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
SELECT id, queue, priority, (SELECT now FROM clock), token, cancel_requested FROM gone
RETURNING id, token, queue, priority
