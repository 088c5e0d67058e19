UPDATE notification SET status = $2, version = $3, error_message = $4, delivered_at = $5 WHERE notification_id = $1
