UPDATE notification
SET status = CASE WHEN attempts = 0 THEN 'pending' ELSE 'retrying' END, version = version + 1,
    deliver_at = coalesce($2, deliver_at)
WHERE notification_id = $1 AND status = 'sending'
