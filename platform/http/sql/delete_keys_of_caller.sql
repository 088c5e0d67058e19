DELETE FROM idempotency WHERE caller = $1
