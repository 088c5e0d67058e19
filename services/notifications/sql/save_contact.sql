INSERT INTO contact (user_id, version, email, username, first_name, locale, phone, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (user_id) DO UPDATE
SET version = excluded.version, email = excluded.email, username = excluded.username,
    first_name = excluded.first_name, locale = excluded.locale, phone = excluded.phone,
    updated_at = excluded.updated_at
WHERE contact.version < excluded.version
