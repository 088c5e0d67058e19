-- As for PostgreSQL, of one user.
SELECT * FROM (
    SELECT user_id, id, created_at, 0 AS kind FROM task
    WHERE user_id = $1 AND created_at >= $2 ORDER BY created_at, id LIMIT $3
)
UNION ALL SELECT * FROM (
    SELECT held.tenant AS user_id, held.id, created_at, 1 AS kind
    FROM lease_held AS held JOIN task ON task.id = held.id
    WHERE held.tenant = $1 ORDER BY created_at, held.id LIMIT $3
)
UNION ALL SELECT * FROM (
    SELECT user_id, id, created_at, 2 AS kind FROM task
    WHERE user_id = $1 AND status = 'retrying' ORDER BY created_at, id LIMIT $3
)
UNION ALL SELECT * FROM (
    SELECT user_id, id, created_at, 3 AS kind FROM task
    WHERE user_id = $1 AND status = 'pending' ORDER BY created_at, id LIMIT $3
)
UNION ALL SELECT * FROM (
    SELECT user_id, id, created_at, 4 AS kind FROM task
    WHERE user_id = $1 AND status = 'blocked' ORDER BY created_at, id LIMIT $3
)
UNION ALL SELECT * FROM (
    SELECT user_id, id, created_at, 5 AS kind FROM task
    WHERE user_id = $1 AND status = 'scheduled' ORDER BY created_at, id LIMIT $3
)
