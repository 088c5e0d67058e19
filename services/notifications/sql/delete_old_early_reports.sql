DELETE FROM early_report
WHERE (channel, provider_id) IN (SELECT channel, provider_id FROM early_report WHERE received_at < $1 LIMIT $2)
