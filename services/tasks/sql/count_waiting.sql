-- Bounded, so that a long queue costs the gauge no more than a short one.
SELECT count(*) FROM (SELECT 1 FROM lease_ready WHERE queue = $1 LIMIT 10000) AS waiting
