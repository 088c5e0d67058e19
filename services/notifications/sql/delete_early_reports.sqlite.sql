DELETE FROM early_report WHERE channel = $1 AND provider_id IN (SELECT value FROM json_each($2))
