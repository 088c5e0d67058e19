-- frame: notification
, n.model, n.content, n.waiting
FROM notification AS n WHERE n.notification_id = $1
