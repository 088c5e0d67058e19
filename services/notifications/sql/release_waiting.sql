UPDATE notification
SET waiting = false, version = version + 1,
    recipient = (SELECT email FROM contact WHERE contact.user_id = $1)
WHERE user_id = $1 AND waiting
  AND EXISTS (SELECT 1 FROM contact WHERE contact.user_id = $1 AND contact.email IS NOT NULL)
RETURNING notification_id, channel
