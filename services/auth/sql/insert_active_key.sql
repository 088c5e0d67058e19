-- Two replicas may start at once: the second finds the first one's key.
INSERT INTO signing_key (key_id, private_sealed, public_jwk, state, created_at)
VALUES ($1, $2, $3, 'active', $4)
ON CONFLICT DO NOTHING
