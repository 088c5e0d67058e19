INSERT INTO erased_user (user_id, erased_at, open) VALUES ($1, $2, true) ON CONFLICT DO NOTHING
