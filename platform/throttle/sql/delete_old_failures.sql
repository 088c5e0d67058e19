DELETE FROM throttle_failure WHERE key_hash IN (
    SELECT key_hash FROM throttle_failure WHERE last_at < $1 AND next_at < $1 LIMIT $2
)
