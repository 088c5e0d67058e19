-- frame: notification
FROM notification AS n WHERE n.notification_id IN (SELECT value FROM json_each($1)) ORDER BY n.notification_id
