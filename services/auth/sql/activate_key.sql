UPDATE signing_key SET state = 'active' WHERE key_id = $1
