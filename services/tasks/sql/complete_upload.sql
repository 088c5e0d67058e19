UPDATE file_upload SET holder = '', file_id = $3 WHERE id = $1 AND holder = $2 RETURNING id
