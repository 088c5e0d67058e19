UPDATE webhook SET version = $2, url = $3, event_types = $4, description = $5, everyone = $6, disabled_reason = $7
WHERE webhook_id = $1
