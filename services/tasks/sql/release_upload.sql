UPDATE file_upload SET holder = '', held_until = 0 WHERE id = $1 AND holder = $2
