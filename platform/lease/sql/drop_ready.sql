DELETE FROM lease_ready WHERE id = ANY($1::bigint[]) RETURNING CASE WHEN state = 0 THEN concurrency_key END
