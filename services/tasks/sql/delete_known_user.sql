DELETE FROM known_user WHERE user_id = $1
