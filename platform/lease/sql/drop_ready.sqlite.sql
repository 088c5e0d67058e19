DELETE FROM lease_ready WHERE id IN (SELECT value FROM json_each($1))
RETURNING CASE WHEN state = 0 THEN concurrency_key END
