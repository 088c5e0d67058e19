-- Of the contact's addresses, and of those that the notifications $2 went to.
DELETE FROM suppression
WHERE (channel, address) IN (
    SELECT 'email', lower(email COLLATE "C") FROM contact WHERE user_id = $1 AND email IS NOT NULL
    UNION ALL
    SELECT 'sms', phone COLLATE "C" FROM contact WHERE user_id = $1 AND phone IS NOT NULL
    UNION ALL
    SELECT channel, lower(recipient COLLATE "C") FROM notification
    WHERE notification_id = ANY($2::bigint[]) AND user_id = $1 AND channel IN ('email', 'sms')
)
