-- No row where one waits already, be it of a rotation that commits right now.
INSERT INTO signing_key (key_id, private_sealed, public_jwk, state, created_at, activate_at)
VALUES ($1, $2, $3, 'published', $4, $5)
ON CONFLICT DO NOTHING
RETURNING key_id
