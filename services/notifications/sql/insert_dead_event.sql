INSERT INTO dead_event (
    topic, place, event_id, event_type, event_key, user_id, headers, payload, encoding, reason, version,
    created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11) ON CONFLICT DO NOTHING
