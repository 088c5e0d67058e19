-- Makes the first waiting items of a key claimable, as many as its places allow: those that are claimable or held have one.
UPDATE lease_ready
SET state = 0
WHERE id IN (
    SELECT id
    FROM (
        SELECT id, concurrency_limit, row_number() OVER (ORDER BY rank, id) AS place
        FROM lease_ready
        WHERE concurrency_key = $1 AND state = 2
        ORDER BY rank, id
        LIMIT 100
    ) AS waiting
    WHERE place
        + (SELECT count(*) FROM lease_ready WHERE concurrency_key = $1 AND state = 0)
        + (SELECT count(*) FROM lease_held WHERE concurrency_key = $1)
        <= concurrency_limit
)
