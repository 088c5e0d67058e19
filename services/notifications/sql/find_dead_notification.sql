-- frame: notification
, dead.failed_at, n.model
FROM dead_notification AS dead JOIN notification AS n ON n.notification_id = dead.notification_id
WHERE dead.notification_id = $1
