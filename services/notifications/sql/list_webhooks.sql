-- frame: webhook
WHERE user_id = $1 AND webhook_id > $2 ORDER BY webhook_id LIMIT $3
