-- Of the contact's addresses, and of those that the notifications $2 went to.
DELETE FROM suppression
WHERE (channel, address) IN (
    SELECT 'email', lower(email) FROM contact WHERE user_id = $1 AND email IS NOT NULL
    UNION ALL
    SELECT 'sms', phone FROM contact WHERE user_id = $1 AND phone IS NOT NULL
    UNION ALL
    SELECT channel, lower(recipient) FROM notification
    WHERE notification_id IN (SELECT value FROM json_each($2)) AND user_id = $1 AND channel IN ('email', 'sms')
)
