-- Newest first: a mail that was asked for later is the one that counts.
SELECT challenge_id, user_id, purpose, email, guesses, created_at, expires_at, used_at
FROM email_challenge
WHERE email_key = $1 AND purpose IN ($2, $3) AND used_at IS NULL AND expires_at > $4
ORDER BY created_at DESC, challenge_id DESC LIMIT 1
