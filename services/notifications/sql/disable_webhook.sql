UPDATE webhook SET disabled_reason = $2, version = version + 1 WHERE webhook_id = $1 AND disabled_reason IS NULL
