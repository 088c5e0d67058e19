-- One task. Its lease is then ended by lease's complete, in the same write transaction, which frees its key's place.
UPDATE task SET
    status = 'completed', progress = 100, result = $3, error_message = NULL, attempt = held.token,
    started_at = held.claimed_at, completed_at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER),
    cancel_requested = task.cancel_requested OR held.cancel_requested, version = version + 2 + held.changes,
    worker = held.owner
FROM lease_held AS held
WHERE task.id = $1 AND held.id = $1 AND held.token = $2
  AND task.status NOT IN ('completed', 'failed', 'cancelled', 'timed_out')
RETURNING
    id, started_at, completed_at,
    (SELECT lease_held.progress FROM lease_held WHERE lease_held.id = task.id),
    (SELECT changes FROM lease_held WHERE lease_held.id = task.id),
    (SELECT lease_held.cancel_requested FROM lease_held WHERE lease_held.id = task.id),
    worker, NULL, attempt, followed
