-- One writer at a time: the transaction itself is the lock.
SELECT challenge_id, user_id, purpose, email, guesses, created_at, expires_at, used_at
FROM email_challenge WHERE challenge_id = $1
