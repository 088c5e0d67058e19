SELECT began_at FROM throttle_window WHERE key_hash = $1
