UPDATE notification AS n
SET status = o.status, attempts = o.attempts, refusals = o.refusals, error_message = o.error_message,
    sent_at = o.sent_at, version = o.version, subject = o.subject, provider_id = o.provider_id,
    content = coalesce(o.content, n.content),
    inbox_at = CASE WHEN n.channel = 'in_app' AND o.status = 'sent' THEN o.sent_at ELSE n.inbox_at END
FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
    $9::text[], $10::text[]
) AS o (notification_id, status, attempts, refusals, error_message, sent_at, version, subject, provider_id, content)
WHERE n.notification_id = o.notification_id
