SELECT n.notification_id, n.user_id, n.channel, n.event_id, n.event_type, n.recipient, n.subject, n.status,
       n.attempts, n.refusals, n.error_message, n.created_at, n.sent_at, n.correlation_id, n.traceparent, n.version
FROM notification AS n
WHERE n.notification_id < $1 AND ($2 = '' OR n.channel = $2) AND ($3 = '' OR n.status = $3)
  AND ($4 = '' OR n.event_type = $4)
ORDER BY n.notification_id DESC LIMIT $5
