INSERT INTO device (user_id, kind, fingerprint, target, label, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (fingerprint) DO UPDATE SET user_id = excluded.user_id, target = excluded.target, label = excluded.label
RETURNING device_id, user_id, kind, label, created_at
