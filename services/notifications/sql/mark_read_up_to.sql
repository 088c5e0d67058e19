-- Some of them: whoever calls it goes on until there are none. The order keeps two callers from waiting for each other.
UPDATE notification SET read_at = $3, inbox_at = $3, version = version + 1
WHERE notification_id IN (
    SELECT notification_id FROM notification
    WHERE user_id = $1 AND notification_id <= $2 AND inbox_at IS NOT NULL AND read_at IS NULL
    ORDER BY notification_id LIMIT $4 FOR UPDATE
)
RETURNING notification_id
