UPDATE totp SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE user_id = $1
