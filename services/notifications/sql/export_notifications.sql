SELECT n.notification_id, n.user_id, n.channel, n.event_id, n.event_type, n.recipient, n.subject, n.status,
       n.attempts, n.refusals, n.error_message, n.created_at, n.sent_at, n.correlation_id, n.traceparent, n.version,
       n.template, n.model
FROM notification AS n
WHERE n.user_id = $1 AND n.notification_id < $2
ORDER BY n.notification_id DESC LIMIT $3
