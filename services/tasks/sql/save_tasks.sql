UPDATE task SET
    status = changed.status, progress = changed.progress, result = changed.result, error_message = changed.error_message,
    attempt = changed.attempt, lost_attempts = changed.lost_attempts, run_at = changed.run_at,
    started_at = changed.started_at, completed_at = changed.completed_at,
    cancel_requested = (changed.cancel_requested = 1), version = changed.version, worker = changed.worker
FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[]
) AS changed(
    id, status, progress, result, error_message, attempt, lost_attempts, run_at, started_at,
    completed_at, cancel_requested, version, worker
)
WHERE task.id = changed.id
RETURNING task.id, task.followed
