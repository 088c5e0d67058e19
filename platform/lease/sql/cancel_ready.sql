DELETE FROM lease_ready WHERE id = $1 RETURNING id, CASE WHEN state = 0 THEN concurrency_key END
