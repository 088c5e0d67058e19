UPDATE account SET
    email = $2, email_key = $3, first_name = $4, last_name = $5, date_of_birth = $6, phone = $7, locale = $8,
    email_verified = $9, roles = $10, state = $11, credential_epoch = $12, version = $13, updated_at = $14
WHERE user_id = $1
