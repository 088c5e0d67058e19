INSERT INTO outbox (topic, event_key, attributes, payload, created_at)
VALUES ($1, $2, $3, $4, $5)
