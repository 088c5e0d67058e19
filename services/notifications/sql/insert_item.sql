INSERT INTO notification_item (notification_id, event_id, subject, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
