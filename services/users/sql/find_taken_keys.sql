-- Which of the two keys another account has.
SELECT username_key, email_key FROM account WHERE username_key = $1 OR email_key = $2
