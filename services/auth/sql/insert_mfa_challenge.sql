INSERT INTO mfa_challenge (challenge_hash, user_id, identity, credential_epoch, guesses, created_at, expires_at)
VALUES ($1, $2, $3, $4, 0, $5, $6)
