-- frame: notification
FROM notification AS n
WHERE n.notification_id < $1 AND ($2 = '' OR n.channel = $2) AND ($3 = '' OR n.status = $3)
  AND ($4 = '' OR n.event_type = $4)
ORDER BY n.notification_id DESC LIMIT $5
