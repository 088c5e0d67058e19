-- One writer at a time: the transaction itself is the lock.
SELECT secret_sealed, confirmed_at, last_step FROM totp WHERE user_id = $1
