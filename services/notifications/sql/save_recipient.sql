UPDATE notification SET recipient = $2, version = version + 1 WHERE notification_id = $1
