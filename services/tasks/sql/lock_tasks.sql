-- In order of id, so that two lockers never wait for each other. Tasks that nobody holds.
SELECT task.id, user_id, type, status, task.priority, task.progress, parameters, error_message, attempt, lost_attempts,
       max_attempts, task.queue, timeout_seconds, tags, run_at, created_at, started_at, completed_at,
       task.cancel_requested, version, correlation_id, traceparent, result, false, extra, worker, followed,
       NULL, NULL, NULL, NULL, NULL, NULL
FROM task
WHERE id = ANY($1::bigint[])
ORDER BY id
FOR UPDATE
