DELETE FROM notification_attempt WHERE notification_id IN (SELECT value FROM json_each($1))
