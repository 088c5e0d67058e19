UPDATE task SET status = 'pending', version = version + 1
WHERE id IN (SELECT value FROM json_each($1)) AND status IN ('scheduled', 'retrying')
