UPDATE notification AS n
SET status = o.status, attempts = o.attempts, refusals = o.refusals, error_message = o.error_message,
    sent_at = o.sent_at, version = o.version
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[])
     AS o (notification_id, status, attempts, refusals, error_message, sent_at, version)
WHERE n.notification_id = o.notification_id
