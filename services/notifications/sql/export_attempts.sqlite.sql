-- The latest ones of each: a mail server that is away for days leaves many.
SELECT notification_id, number, started_at, finished_at, outcome, answer, provider
FROM (
    SELECT a.*, row_number() OVER (PARTITION BY notification_id ORDER BY number DESC) AS place
    FROM notification_attempt AS a
    WHERE notification_id IN (SELECT value FROM json_each($1))
) AS placed
WHERE place <= $2
ORDER BY notification_id, number
