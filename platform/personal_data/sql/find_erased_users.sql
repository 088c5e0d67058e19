SELECT user_id FROM erased_user WHERE user_id = ANY($1::bigint[])
