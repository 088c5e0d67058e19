INSERT INTO email_challenge (challenge_id, user_id, purpose, email, email_key, guesses, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
