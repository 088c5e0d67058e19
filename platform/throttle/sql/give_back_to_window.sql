UPDATE throttle_window SET used = used - 1 WHERE key_hash = $1 AND used > 0
