DELETE FROM notification_item WHERE notification_id = ANY($1::bigint[])
