-- When the inbox of user $1 began to show notification $2, or the last one before that is still there.
SELECT sent_at, notification_id FROM notification
WHERE user_id = $1 AND notification_id <= $2 AND inbox_at IS NOT NULL
ORDER BY notification_id DESC LIMIT 1
