-- Bounded, so that a long queue costs the gauge no more than a short one.
SELECT count(*) FROM (SELECT 1 FROM lease_ready WHERE pool = $1 AND state = 0 LIMIT 10000) AS waiting
