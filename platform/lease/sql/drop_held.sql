DELETE FROM lease_held WHERE id = ANY($1::bigint[]) RETURNING concurrency_key
