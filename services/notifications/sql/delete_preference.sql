DELETE FROM preference WHERE user_id = $1
