-- Takes the best due items of one queue: $1 queue, $2 how many, $3 duration in microseconds, $4 owner.
WITH clock AS MATERIALIZED (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
),
picked AS MATERIALIZED (
    SELECT id, priority, run_at
    FROM lease_ready
    WHERE queue = $1 AND run_at <= (SELECT now FROM clock)
    ORDER BY priority DESC, run_at, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
),
taken AS (
    DELETE FROM lease_ready
    WHERE id = ANY(ARRAY(SELECT id FROM picked))
    RETURNING id, queue, priority, token, cancel_requested
),
held AS (
    INSERT INTO lease_held (id, queue, priority, token, owner, expires_at, cancel_requested)
    SELECT id, queue, priority, token + 1, $4::text, (SELECT now FROM clock) + $3::bigint, cancel_requested
    FROM taken
    RETURNING id, token, queue, priority
)
SELECT held.id, held.token, held.queue, held.priority
FROM held JOIN picked ON picked.id = held.id
ORDER BY picked.priority DESC, picked.run_at, picked.id
