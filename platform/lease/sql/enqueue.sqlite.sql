INSERT INTO lease_ready (id, queue, priority, run_at, token, cancel_requested)
VALUES (
    $1, $2, $3,
    CASE WHEN $4 = 0 THEN CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) ELSE $4 END,
    0, 0
)
