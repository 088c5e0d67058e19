DELETE FROM throttle_window WHERE key_hash IN (
    SELECT key_hash FROM throttle_window WHERE began_at < $1 LIMIT $2
)
