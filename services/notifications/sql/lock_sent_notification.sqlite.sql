-- frame: notification
FROM notification AS n WHERE n.notification_id = $1 AND n.status = 'sent'
