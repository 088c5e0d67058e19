SELECT secret_sealed, confirmed_at, last_step FROM totp WHERE user_id = $1 FOR UPDATE
