-- Nobody has a number without having given it: a text message to none is found out when it is delivered.
UPDATE notification
SET waiting = false, version = version + 1,
    recipient = (
        SELECT CASE notification.channel WHEN 'sms' THEN coalesce(phone, '') ELSE email END
        FROM contact WHERE contact.user_id = $1
    )
WHERE user_id = $1 AND waiting
  AND EXISTS (SELECT 1 FROM contact WHERE contact.user_id = $1 AND contact.email IS NOT NULL)
RETURNING notification_id, channel, coalesce(deliver_at, 0)
