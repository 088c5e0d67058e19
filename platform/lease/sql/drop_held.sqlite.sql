DELETE FROM lease_held WHERE id IN (SELECT value FROM json_each($1)) RETURNING concurrency_key
