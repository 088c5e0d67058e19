-- frame: notification
, n.inbox_at, asked.place
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS asked (place, user_id, after_at, after_id, most)
CROSS JOIN LATERAL (
    SELECT * FROM notification
    WHERE user_id = asked.user_id AND inbox_at IS NOT NULL AND inbox_at >= asked.after_at
      AND (inbox_at, notification_id) > (asked.after_at, asked.after_id)
    ORDER BY inbox_at, notification_id LIMIT asked.most
) AS n
ORDER BY asked.place, n.inbox_at, n.notification_id
