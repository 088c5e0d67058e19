INSERT INTO notification_item (notification_id, event_id, subject, created_at)
SELECT $2, event_id, subject, created_at FROM notification_item WHERE notification_id = $1
