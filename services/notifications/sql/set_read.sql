UPDATE notification SET read_at = $2, inbox_at = $3, version = version + 1 WHERE notification_id = $1
