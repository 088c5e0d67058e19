DELETE FROM file_garbage WHERE store_key = $1 AND NOT sweeping RETURNING store_key
