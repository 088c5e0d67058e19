SELECT task.id, user_id, type, status, task.priority, task.progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, task.queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at,
       task.cancel_requested, version, correlation_id, traceparent, result, false, extra, worker, followed,
       held.token, held.claimed_at, held.progress, held.changes, held.cancel_requested, held.owner
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE task.id = $1
