-- Only while the hash that was verified still stands: a password change in between wins.
UPDATE account SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2
