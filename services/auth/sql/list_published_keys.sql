SELECT key_id, private_sealed, public_jwk, state FROM signing_key
WHERE state IN ('published', 'active', 'retired') ORDER BY created_at
