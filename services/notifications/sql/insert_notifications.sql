-- Nothing is answered for a second one of the same cause.
INSERT INTO notification (
    event_id, event_type, channel, recipient_key, user_id, template, model, subject, recipient, waiting, status,
    attempts, refusals, error_message, correlation_id, traceparent, version, created_at, sent_at, critical, content,
    digest_key, items, deliver_at, inbox_at, resend_of, about_user_id
)
SELECT event_id, event_type, channel, recipient_key, user_id, '', model, subject, recipient, waiting <> 0, status,
       0, 0, error_message, correlation_id, traceparent, 1, created_at, sent_at, critical <> 0, content,
       digest_key, 1, deliver_at, CASE WHEN channel = 'in_app' THEN sent_at END, resend_of, about_user_id
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[],
    $18::text[], $19::bigint[], $20::bigint[], $21::bigint[]
) AS given (
    event_id, event_type, channel, recipient_key, user_id, model, subject, recipient, waiting, status, error_message,
    correlation_id, traceparent, created_at, sent_at, critical, content, digest_key, deliver_at,
    resend_of, about_user_id
)
ON CONFLICT (event_id, channel, recipient_key) DO NOTHING
RETURNING notification_id, event_id, channel, recipient_key
