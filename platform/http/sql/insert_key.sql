-- On PostgreSQL this waits for another transaction that holds the same key.
INSERT INTO idempotency (caller, idempotency_key, fingerprint, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (caller, idempotency_key) DO NOTHING
RETURNING 1
