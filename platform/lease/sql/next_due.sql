-- Microseconds until the next deferred item is due.
SELECT run_at - (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM lease_ready WHERE state = 1 ORDER BY run_at LIMIT 1
