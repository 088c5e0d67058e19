SELECT run_at - CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
FROM lease_ready WHERE state = 1 ORDER BY run_at LIMIT 1
