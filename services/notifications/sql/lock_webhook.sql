-- frame: webhook
WHERE webhook_id = $1 FOR UPDATE
