SELECT user_id, count(*) FROM sign_in WHERE user_id = ANY($1::bigint[]) GROUP BY user_id
