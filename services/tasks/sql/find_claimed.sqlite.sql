SELECT id, user_id, type, status, priority, progress, parameters, error_message, attempt, lost_attempts, max_attempts,
       queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at, cancel_requested, version,
       correlation_id, traceparent, result, false, extra, worker, followed, NULL
FROM task
WHERE id IN (SELECT value FROM json_each($1))
