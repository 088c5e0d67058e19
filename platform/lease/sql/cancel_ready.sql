DELETE FROM lease_ready WHERE id = $1 RETURNING id
