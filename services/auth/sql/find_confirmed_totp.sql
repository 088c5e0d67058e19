SELECT 1 FROM totp WHERE user_id = $1 AND confirmed_at IS NOT NULL
