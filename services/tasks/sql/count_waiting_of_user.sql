-- Those of the user's tasks that are pending, scheduled or retrying, up to $2.
SELECT count(*) FROM (SELECT 1 FROM lease_ready WHERE tenant = $1 LIMIT $2) AS waiting
