SELECT notification_id FROM notification WHERE user_id = $1 LIMIT $2
