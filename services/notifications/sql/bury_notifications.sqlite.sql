INSERT INTO dead_notification (notification_id, failed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING
