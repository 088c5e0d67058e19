-- frame: notification
FROM notification AS n
WHERE n.notification_id < $1 AND n.notification_id >= $2 AND ($3 = '' OR n.channel = $3)
  AND ($4 = '' OR n.status = $4) AND ($5 = '' OR n.event_type = $5)
ORDER BY n.notification_id DESC LIMIT $6
