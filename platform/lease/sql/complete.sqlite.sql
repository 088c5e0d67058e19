DELETE FROM lease_held
WHERE (id, token) IN (
    SELECT ids.value, tokens.value
    FROM json_each($1) AS ids JOIN json_each($2) AS tokens ON tokens.key = ids.key
)
RETURNING
    id, claimed_at, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER), progress,
    changes, cancel_requested, owner, concurrency_key, token
