-- frame: notification
FROM notification AS n
WHERE n.user_id = $1 AND n.notification_id < $2 AND n.notification_id >= $3
  AND n.inbox_at IS NOT NULL AND n.read_at IS NULL
  AND ($4 = '' OR n.status = $4) AND ($5 = '' OR n.event_type = $5)
ORDER BY n.notification_id DESC LIMIT $6
