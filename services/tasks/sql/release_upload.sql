UPDATE file_upload SET holder = '' WHERE id = $1 AND holder = $2
