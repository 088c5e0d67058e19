-- One writer at a time: the transaction itself is the lock.
SELECT user_id, identity, credential_epoch, guesses, expires_at, used_at FROM mfa_challenge WHERE challenge_hash = $1
