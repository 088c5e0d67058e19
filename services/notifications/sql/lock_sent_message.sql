-- frame: notification
FROM notification AS n WHERE n.provider_id = $1 AND n.channel = $2 AND n.status = 'sent' FOR UPDATE
