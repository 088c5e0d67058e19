-- A digest gathers no more from here on.
UPDATE notification SET status = 'sending', version = version + 1, digest_key = NULL
WHERE notification_id = ANY($1::bigint[]) AND status IN ('pending', 'retrying')
RETURNING notification_id
