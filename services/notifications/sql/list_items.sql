SELECT subject, created_at FROM notification_item WHERE notification_id = $1 ORDER BY created_at, event_id LIMIT $2
