-- The same over several queues. Each queue's best are locked, the best of all are taken.
WITH clock AS MATERIALIZED (
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
),
candidates AS MATERIALIZED (
    SELECT best.id, best.priority, best.run_at
    FROM unnest($1::text[]) AS wanted (queue)
    CROSS JOIN LATERAL (
        SELECT id, priority, run_at
        FROM lease_ready
        WHERE lease_ready.queue = wanted.queue AND run_at <= (SELECT now FROM clock)
        ORDER BY priority DESC, run_at, id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ) AS best
),
picked AS MATERIALIZED (
    SELECT id, priority, run_at FROM candidates ORDER BY priority DESC, run_at, id LIMIT $2
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
