DELETE FROM totp WHERE user_id = $1
