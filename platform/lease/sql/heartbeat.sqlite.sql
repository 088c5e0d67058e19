UPDATE lease_held
SET expires_at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) + $3
WHERE (id, token) IN (
    SELECT ids.value, tokens.value
    FROM json_each($1) AS ids JOIN json_each($2) AS tokens ON tokens.key = ids.key
)
RETURNING id, cancel_requested
