SELECT version, email, username, first_name, locale, phone FROM contact WHERE user_id = $1 AND email IS NOT NULL
