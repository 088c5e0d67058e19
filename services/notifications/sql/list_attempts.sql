-- The latest ones: a mail server that is away for days leaves many.
SELECT number, started_at, finished_at, outcome, answer, provider
FROM notification_attempt WHERE notification_id = $1 ORDER BY number DESC LIMIT $2
