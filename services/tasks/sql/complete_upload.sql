UPDATE file_upload SET holder = '', held_until = 0, file_id = $3 WHERE id = $1 AND holder = $2 RETURNING id
