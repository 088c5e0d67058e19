-- A digest gathers no more from here on.
UPDATE notification SET status = 'sending', version = version + 1, digest_key = NULL
WHERE notification_id IN (SELECT value FROM json_each($1)) AND status IN ('pending', 'retrying')
RETURNING notification_id
