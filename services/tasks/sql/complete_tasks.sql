-- Ends leases and completes their tasks at once, as lease's complete and save_tasks would do one after the other: nearly all
-- attempts end so. $1 ids, $2 their tokens, $3 results. Answers those that still held: what complete answers, and whether
-- others wait for the task.
WITH gone AS (
    DELETE FROM lease_held
    USING unnest($1::bigint[], $2::bigint[], $3::text[]) AS given (id, token, result)
    WHERE lease_held.id = ANY($1::bigint[]) AND lease_held.id = given.id AND lease_held.token = given.token
    RETURNING
        lease_held.id, lease_held.token, claimed_at, (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS now,
        progress, changes, cancel_requested, owner, concurrency_key, given.result
)
UPDATE task SET
    status = 'completed', progress = 100, result = gone.result, error_message = NULL, attempt = gone.token,
    started_at = gone.claimed_at, completed_at = gone.now, cancel_requested = task.cancel_requested OR gone.cancel_requested,
    version = version + 2 + gone.changes, worker = gone.owner
FROM gone
WHERE task.id = gone.id AND task.status NOT IN ('completed', 'failed', 'cancelled', 'timed_out')
RETURNING
    task.id, gone.claimed_at, gone.now, gone.progress, gone.changes, gone.cancel_requested, gone.owner, gone.concurrency_key,
    gone.token, followed
