INSERT INTO known_user (user_id, registered_at) VALUES ($1, $2) ON CONFLICT DO NOTHING
