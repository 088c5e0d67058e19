-- One lane of the claim, which is called once a lane: the lists have one value each. The rows are then taken out of
-- lease_ready by drop_claimed, in the same write transaction.
INSERT INTO lease_held (
    id, pool, queue, tenant, priority, token, owner, claimed_at, expires_at, cancel_requested, concurrency_key,
    concurrency_limit
)
SELECT
    id, pool, queue, tenant, priority, token + 1, $7,
    CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER),
    CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) + $6, cancel_requested, concurrency_key,
    concurrency_limit
FROM lease_ready
WHERE pool = $1 AND state = 0 AND queue = json_extract($2, '$[0]') AND tenant = json_extract($3, '$[0]')
  AND rank >= json_extract($4, '$[0]')
  AND NOT EXISTS (
      SELECT 1 FROM lease_queue AS set_for
      WHERE set_for.name = lease_ready.queue
        AND (set_for.paused
             OR (NOT $8 AND (set_for.concurrency_max IS NOT NULL OR set_for.rate_per_minute IS NOT NULL)))
  )
ORDER BY rank, id
LIMIT json_extract($5, '$[0]')
RETURNING
    id, token, pool, queue, tenant, priority, claimed_at, cancel_requested,
    (SELECT rank FROM lease_ready WHERE lease_ready.id = lease_held.id)
