-- No row comes back when the username or the e-mail address is taken.
INSERT INTO account (
    user_id, username, username_key, email, email_key, password_hash, first_name, last_name, date_of_birth, phone,
    locale, email_verified, roles, version, created_at, updated_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
ON CONFLICT DO NOTHING
RETURNING user_id
