-- frame: notification
, dead.failed_at, n.model
FROM dead_notification AS dead JOIN notification AS n ON n.notification_id = dead.notification_id
WHERE dead.notification_id IN (SELECT value FROM json_each($1)) ORDER BY dead.notification_id
