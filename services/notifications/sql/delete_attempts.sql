DELETE FROM notification_attempt WHERE notification_id = ANY($1::bigint[])
