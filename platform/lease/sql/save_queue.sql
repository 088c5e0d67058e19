INSERT INTO lease_queue (name, concurrency_max, rate_per_minute) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET concurrency_max = excluded.concurrency_max, rate_per_minute = excluded.rate_per_minute
