-- The try that was counted last was none: whoever was admitted had waited, so nothing is left to wait for.
UPDATE throttle_failure SET failures = failures - 1, next_at = last_at WHERE key_hash = $1 AND failures > 0
