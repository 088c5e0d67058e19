UPDATE task SET
    status = $2, progress = $3, result = $4, error_message = $5, attempt = $6, lost_attempts = $7,
    run_at = $8, started_at = $9, completed_at = $10, cancel_requested = ($11 = 1), version = $12, worker = $13
WHERE id = $1
RETURNING id, followed
