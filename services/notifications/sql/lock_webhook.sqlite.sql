-- frame: webhook
WHERE webhook_id = $1
