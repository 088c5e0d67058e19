-- The write transaction is the lock.
SELECT task.id, user_id, type, status, task.priority, task.progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, task.queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at,
       task.cancel_requested, version, correlation_id, traceparent, result, false, extra, worker, followed,
       NULL, NULL, NULL, NULL, NULL, NULL
FROM task WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id
