-- The user's pending tasks, up to $2.
SELECT count(*) FROM (SELECT 1 FROM lease_ready WHERE tenant = $1 AND state <> 1 LIMIT $2) AS waiting
