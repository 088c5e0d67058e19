-- Waits for whoever claims it just now, and then finds it no more.
UPDATE notification SET items = items + 1, version = version + 1
WHERE digest_key = $1 AND status = 'pending'
RETURNING notification_id
