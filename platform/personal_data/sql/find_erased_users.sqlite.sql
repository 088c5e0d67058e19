SELECT user_id FROM erased_user WHERE user_id IN (SELECT value FROM json_each($1))
