-- frame: notification
FROM notification AS n WHERE n.notification_id = ANY($1::bigint[]) ORDER BY n.notification_id
