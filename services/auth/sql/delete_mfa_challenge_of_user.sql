DELETE FROM mfa_challenge WHERE user_id = $1
