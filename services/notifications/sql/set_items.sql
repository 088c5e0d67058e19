UPDATE notification SET items = $2 WHERE notification_id = $1
