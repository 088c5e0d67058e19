INSERT INTO log_event (topic, event_key, headers, payload, created_at)
VALUES ($1, $2, $3, $4, $5)
