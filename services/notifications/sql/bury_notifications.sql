INSERT INTO dead_notification (notification_id, failed_at)
SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING
