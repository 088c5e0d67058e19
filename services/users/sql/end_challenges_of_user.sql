-- Codes that were mailed before the credentials changed prove nothing any more.
UPDATE email_challenge SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL
