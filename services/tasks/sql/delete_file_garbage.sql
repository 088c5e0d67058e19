DELETE FROM file_garbage WHERE store_key = $1
