SELECT key_id, private_sealed, public_jwk, state, activate_at, remove_after FROM signing_key
WHERE state IN ('published', 'active', 'retired') ORDER BY created_at
