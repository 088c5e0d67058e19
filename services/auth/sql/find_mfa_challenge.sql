SELECT user_id FROM mfa_challenge WHERE challenge_hash = $1
