UPDATE notification
SET status = $2, attempts = $3, refusals = $4, error_message = $5, sent_at = $6, version = $7, subject = $8,
    provider_id = $9, content = coalesce($10, content),
    inbox_at = CASE WHEN channel = 'in_app' AND $2 = 'sent' THEN $6 ELSE inbox_at END
WHERE notification_id = $1
