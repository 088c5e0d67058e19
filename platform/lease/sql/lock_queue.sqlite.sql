-- The write transaction is the lock.
SELECT paused, concurrency_max, rate_per_minute, next_at, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
FROM lease_queue WHERE name = $1
