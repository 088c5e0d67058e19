-- frame: notification
, dead.failed_at, n.model
FROM dead_notification AS dead JOIN notification AS n ON n.notification_id = dead.notification_id
WHERE (dead.failed_at, dead.notification_id) < ($1, $2) AND ($3 = '' OR n.channel = $3)
  AND ($4 = '' OR n.event_type = $4)
ORDER BY dead.failed_at DESC, dead.notification_id DESC LIMIT $5
