-- Waits for the contact where no address is given or known yet. Nothing is answered for a second one of the same cause.
INSERT INTO notification (
    event_id, event_type, channel, recipient_key, user_id, template, model, subject, recipient, waiting, status,
    attempts, refusals, correlation_id, traceparent, version, created_at
)
SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS text), CAST($4 AS text), CAST($5 AS bigint), CAST($6 AS text),
       CAST($7 AS text), CAST($8 AS text), coalesce(CAST($12 AS text), contact.email, ''),
       CAST($12 AS text) IS NULL AND contact.email IS NULL, 'pending',
       0, 0, CAST($9 AS text), CAST($10 AS text), 1, CAST($11 AS bigint)
FROM (SELECT 1) AS one LEFT JOIN contact ON contact.user_id = CAST($5 AS bigint)
WHERE true
ON CONFLICT (event_id, channel, recipient_key) DO NOTHING
RETURNING notification_id, waiting
