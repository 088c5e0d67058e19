DELETE FROM email_challenge WHERE user_id = $1
