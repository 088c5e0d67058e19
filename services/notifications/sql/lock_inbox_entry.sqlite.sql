-- frame: notification
FROM notification AS n WHERE n.notification_id = $1 AND n.user_id = $2 AND n.inbox_at IS NOT NULL
