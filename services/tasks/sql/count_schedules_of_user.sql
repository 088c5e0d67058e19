SELECT count(*) FROM schedule WHERE user_id = $1
