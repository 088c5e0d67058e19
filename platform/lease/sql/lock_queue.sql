SELECT paused, concurrency_max, rate_per_minute, next_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM lease_queue WHERE name = $1 FOR UPDATE
