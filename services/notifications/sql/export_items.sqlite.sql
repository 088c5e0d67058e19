-- The latest ones of each: a digest of a day may have gathered many.
SELECT notification_id, subject, created_at
FROM (
    SELECT i.*, row_number() OVER (PARTITION BY notification_id ORDER BY created_at DESC, event_id DESC) AS place
    FROM notification_item AS i
    WHERE notification_id IN (SELECT value FROM json_each($1))
) AS placed
WHERE place <= $2
ORDER BY notification_id, created_at, event_id
