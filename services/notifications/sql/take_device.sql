-- From another user: what still waits for them must not show up on it.
DELETE FROM device WHERE fingerprint = $1 AND user_id <> $2
