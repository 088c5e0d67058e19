SELECT next_at FROM throttle_failure WHERE key_hash = $1
