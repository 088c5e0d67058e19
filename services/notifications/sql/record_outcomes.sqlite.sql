UPDATE notification
SET status = $2, attempts = $3, refusals = $4, error_message = $5, sent_at = $6, version = $7
WHERE notification_id = $1
