-- An unconfirmed secret is replaced; a confirmed one is not: then there is no row.
INSERT INTO totp (user_id, secret_sealed, last_step, created_at) VALUES ($1, $2, 0, $3)
ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, created_at = excluded.created_at
WHERE totp.confirmed_at IS NULL
RETURNING user_id
