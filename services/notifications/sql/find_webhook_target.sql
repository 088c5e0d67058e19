SELECT url, secret, CASE WHEN previous_until > $2 THEN previous_secret END, disabled_reason FROM webhook
WHERE webhook_id = $1
