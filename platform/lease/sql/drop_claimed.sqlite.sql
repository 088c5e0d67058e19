DELETE FROM lease_ready WHERE id IN (SELECT value FROM json_each($1))
