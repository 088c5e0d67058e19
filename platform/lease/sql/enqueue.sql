-- run_at 0 is now, by the database's clock.
INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
SELECT
    id, queue, priority,
    CASE WHEN run_at = 0 THEN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint ELSE run_at END,
    0, false
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS given (id, queue, priority, run_at)
