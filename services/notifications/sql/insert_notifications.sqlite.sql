INSERT INTO notification (
    event_id, event_type, channel, recipient_key, user_id, template, model, subject, recipient, waiting, status,
    attempts, refusals, error_message, correlation_id, traceparent, version, created_at, sent_at, critical, content,
    digest_key, items, deliver_at, inbox_at, resend_of, about_user_id
)
VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, $10, 0, 0, $11, $12, $13, 1, $14, $15, $16, $17, $18, 1, $19,
        CASE WHEN $3 = 'in_app' THEN $15 END, $20, $21)
ON CONFLICT (event_id, channel, recipient_key) DO NOTHING
RETURNING notification_id, event_id, channel, recipient_key
