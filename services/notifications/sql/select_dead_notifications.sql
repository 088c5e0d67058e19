SELECT dead.notification_id
FROM dead_notification AS dead JOIN notification AS n ON n.notification_id = dead.notification_id
WHERE ($1 = '' OR n.channel = $1) AND ($2 = '' OR n.event_type = $2)
  AND dead.failed_at >= $3 AND dead.failed_at < $4
ORDER BY dead.notification_id LIMIT $5
