UPDATE mfa_challenge SET guesses = guesses + 1, used_at = $2 WHERE challenge_hash = $1
