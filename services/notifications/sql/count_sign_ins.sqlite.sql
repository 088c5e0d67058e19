SELECT user_id, count(*) FROM sign_in WHERE user_id IN (SELECT value FROM json_each($1)) GROUP BY user_id
