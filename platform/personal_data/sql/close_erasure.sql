UPDATE erased_user SET open = false WHERE user_id = $1
