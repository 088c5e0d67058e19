-- $1 id, $2 token, $3 priority, $4 delay in microseconds.
WITH gone AS (
    DELETE FROM lease_held WHERE id = $1 AND token = $2 RETURNING id, queue, token, cancel_requested
)
INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
SELECT
    id, queue, $3::integer,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $4::bigint, token, cancel_requested
FROM gone
RETURNING id
