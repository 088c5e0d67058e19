-- frame: notification
, n.model, n.content
FROM notification AS n
WHERE n.user_id = $1 AND n.notification_id < $2
ORDER BY n.notification_id DESC LIMIT $3
