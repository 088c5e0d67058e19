DELETE FROM dead_notification WHERE notification_id IN (SELECT value FROM json_each($1))
