UPDATE lease_held
SET expires_at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) + $4,
    progress = CASE WHEN given.progress < 0 THEN lease_held.progress ELSE given.progress END,
    changes = changes + CASE WHEN given.progress < 0 OR given.progress = lease_held.progress THEN 0 ELSE 1 END
FROM (
    SELECT ids.value AS given_id, tokens.value AS given_token, steps.value AS progress
    FROM json_each($1) AS ids
    JOIN json_each($2) AS tokens ON tokens.key = ids.key
    JOIN json_each($3) AS steps ON steps.key = ids.key
) AS given
WHERE id = given_id AND token = given_token
RETURNING id, cancel_requested, false
