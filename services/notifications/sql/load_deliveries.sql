SELECT n.notification_id, n.user_id, n.channel, n.event_id, n.event_type, n.recipient, n.subject, n.status,
       n.attempts, n.refusals, n.error_message, n.created_at, n.sent_at, n.correlation_id, n.traceparent, n.version,
       n.template, n.model, contact.username, contact.first_name, contact.locale
FROM notification AS n LEFT JOIN contact ON contact.user_id = n.user_id
WHERE n.notification_id = ANY($1::bigint[])
