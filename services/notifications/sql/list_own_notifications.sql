-- frame: notification
FROM notification AS n
WHERE n.user_id = $1 AND n.notification_id < $2 AND n.notification_id >= $3 AND ($4 = '' OR n.channel = $4)
  AND ($5 = '' OR n.status = $5) AND ($6 = '' OR n.event_type = $6)
ORDER BY n.notification_id DESC LIMIT $7
