DELETE FROM schedule WHERE user_id = $1
