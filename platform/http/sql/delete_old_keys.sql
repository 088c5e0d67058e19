DELETE FROM idempotency
WHERE (caller, idempotency_key) IN (
    SELECT caller, idempotency_key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2
)
