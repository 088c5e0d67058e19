-- Exact up to 10,000 rows, beyond that by the span of their ids; and when the oldest was written.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 10000) AS counted),
    coalesce((SELECT max(id) FROM outbox) - (SELECT min(id) FROM outbox) + 1, 0),
    coalesce((SELECT created_at FROM outbox ORDER BY id LIMIT 1), 0)
