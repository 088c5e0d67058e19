SELECT user_id, username, email, password_hash, first_name, last_name, date_of_birth, phone, locale,
       email_verified, roles, version, created_at, updated_at, state, credential_epoch
FROM account WHERE email_key = $1
