SELECT fingerprint, status, content_type, headers, body
FROM idempotency
WHERE caller = $1 AND idempotency_key = $2
