SELECT user_id, identity, credential_epoch, guesses, expires_at, used_at FROM mfa_challenge WHERE challenge_hash = $1 FOR UPDATE
