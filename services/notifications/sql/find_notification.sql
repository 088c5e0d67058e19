-- frame: notification
FROM notification AS n WHERE n.notification_id = $1
