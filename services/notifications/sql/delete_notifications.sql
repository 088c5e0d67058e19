DELETE FROM notification WHERE notification_id = ANY($1::bigint[])
