-- With the one that was used the user's others of the same purpose are over.
UPDATE email_challenge SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL
