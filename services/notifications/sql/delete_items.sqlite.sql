DELETE FROM notification_item WHERE notification_id IN (SELECT value FROM json_each($1))
