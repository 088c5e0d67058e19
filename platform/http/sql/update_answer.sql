UPDATE idempotency
SET status = $3, content_type = $4, headers = $5, body = $6
WHERE caller = $1 AND idempotency_key = $2
