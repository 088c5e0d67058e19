INSERT INTO sign_in (user_id, fingerprint, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
RETURNING user_id, fingerprint
