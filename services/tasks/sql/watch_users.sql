-- Of each user $1, at most $3 of each kind: the first tasks made from $2 on, and those that have not ended. Each
-- kind is one look at an index, but for what runs, of which there is little and whose row says how it was before. The
-- kinds in order of what is worth watching; a task may come twice.
SELECT found.user_id, found.id, found.created_at, found.kind
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS asked(user_id, since, most)
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT user_id, id, created_at, 0 AS kind FROM task
        WHERE user_id = asked.user_id AND created_at >= asked.since ORDER BY created_at, id LIMIT asked.most
    ) AS made
    UNION ALL SELECT * FROM (
        SELECT held.tenant AS user_id, held.id, created_at, 1 AS kind
        FROM lease_held AS held JOIN task ON task.id = held.id
        WHERE held.tenant = asked.user_id ORDER BY created_at, held.id LIMIT asked.most
    ) AS running
    UNION ALL SELECT * FROM (
        SELECT user_id, id, created_at, 2 AS kind FROM task
        WHERE user_id = asked.user_id AND status = 'retrying' ORDER BY created_at, id LIMIT asked.most
    ) AS retrying
    UNION ALL SELECT * FROM (
        SELECT user_id, id, created_at, 3 AS kind FROM task
        WHERE user_id = asked.user_id AND status = 'pending' ORDER BY created_at, id LIMIT asked.most
    ) AS pending
    UNION ALL SELECT * FROM (
        SELECT user_id, id, created_at, 4 AS kind FROM task
        WHERE user_id = asked.user_id AND status = 'blocked' ORDER BY created_at, id LIMIT asked.most
    ) AS blocked
    UNION ALL SELECT * FROM (
        SELECT user_id, id, created_at, 5 AS kind FROM task
        WHERE user_id = asked.user_id AND status = 'scheduled' ORDER BY created_at, id LIMIT asked.most
    ) AS scheduled
) AS found
