SELECT notification_id FROM notification WHERE event_id = $1 ORDER BY notification_id
