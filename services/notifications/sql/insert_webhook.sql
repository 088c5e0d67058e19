INSERT INTO webhook (user_id, version, url, event_types, description, everyone, secret, created_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7) RETURNING webhook_id
