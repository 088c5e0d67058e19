-- A notification as notification_store reads it. A statement in this frame says where from; what begins with a comma are
-- more columns.
SELECT n.notification_id, n.user_id, n.channel, n.event_id, n.event_type, n.recipient, n.subject, n.status,
       n.attempts, n.refusals, n.error_message, n.created_at, n.sent_at, n.correlation_id, n.traceparent, n.version,
       n.critical, n.items, n.deliver_at, n.provider_id, n.delivered_at, n.read_at,
       CASE WHEN n.channel = 'in_app' THEN n.content END, n.resend_of, n.about_user_id
:rows
