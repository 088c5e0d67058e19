-- frame: notification
, n.inbox_at, $1
FROM notification AS n
WHERE n.user_id = $2 AND n.inbox_at IS NOT NULL AND n.inbox_at >= $3
  AND (n.inbox_at, n.notification_id) > ($3, $4)
ORDER BY n.inbox_at, n.notification_id LIMIT $5
