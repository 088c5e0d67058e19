-- Makes deferred work claimable, or lets it wait for its key: $1 how many at most.
UPDATE lease_ready
SET state = CASE WHEN concurrency_key IS NULL THEN 0 ELSE 2 END
WHERE id IN (
    SELECT id FROM lease_ready
    WHERE state = 1 AND run_at <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    ORDER BY run_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, concurrency_key
