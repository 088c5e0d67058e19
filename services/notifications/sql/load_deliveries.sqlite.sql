-- frame: notification
, n.model, n.content, contact.username, contact.first_name, contact.locale, contact.email, preference.body,
(
    SELECT suppression.reason FROM suppression
    WHERE suppression.channel = n.channel AND suppression.address = lower(n.recipient)
      AND suppression.until > $2
)
FROM notification AS n
LEFT JOIN contact ON contact.user_id = n.user_id
LEFT JOIN preference ON preference.user_id = n.user_id
WHERE n.notification_id IN (SELECT value FROM json_each($1))
