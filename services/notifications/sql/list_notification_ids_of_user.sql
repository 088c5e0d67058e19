SELECT notification_id FROM notification WHERE user_id = $1
UNION ALL
SELECT notification_id FROM notification WHERE about_user_id = $1
LIMIT $2
