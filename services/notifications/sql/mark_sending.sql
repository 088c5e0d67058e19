UPDATE notification SET status = 'sending', version = version + 1
WHERE notification_id = ANY($1::bigint[]) AND status IN ('pending', 'retrying')
RETURNING notification_id
