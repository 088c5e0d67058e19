DELETE FROM dead_notification WHERE notification_id = ANY($1::bigint[])
