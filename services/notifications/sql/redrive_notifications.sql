-- Attempts go on counting: their log keeps what went wrong so far.
UPDATE notification
SET status = 'pending', refusals = 0, error_message = NULL, deliver_at = NULL, version = version + 1
WHERE notification_id = ANY($1::bigint[])
