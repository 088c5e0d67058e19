UPDATE email_challenge SET guesses = guesses + 1 WHERE challenge_id = $1
