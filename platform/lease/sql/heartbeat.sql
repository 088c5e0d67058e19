-- $1 ids, $2 their tokens, $3 progress or -1 where it has not changed, $4 duration in microseconds. Answers those that
-- still hold, and whether nothing was written to them: whoever ends items locks many at once, in an order of its own, and is
-- passed by, not waited for.
WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS given (id, token, progress)
),
unlocked AS MATERIALIZED (
    SELECT id
    FROM lease_held
    WHERE id = ANY($1::bigint[]) AND (id, token) IN (SELECT given.id, given.token FROM given)
    FOR UPDATE SKIP LOCKED
),
prolonged AS (
    UPDATE lease_held
    SET expires_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $4::bigint,
        progress = CASE WHEN given.progress < 0 THEN lease_held.progress ELSE given.progress END,
        changes = changes + CASE WHEN given.progress < 0 OR given.progress = lease_held.progress THEN 0 ELSE 1 END
    FROM given
    WHERE lease_held.id = ANY(ARRAY(SELECT id FROM unlocked))
      AND lease_held.id = given.id AND lease_held.token = given.token
    RETURNING lease_held.id, lease_held.cancel_requested
)
SELECT id, cancel_requested, false FROM prolonged
UNION ALL
SELECT id, cancel_requested, true
FROM lease_held
WHERE id = ANY($1::bigint[]) AND (id, token) IN (SELECT given.id, given.token FROM given)
  AND NOT EXISTS (SELECT 1 FROM unlocked WHERE unlocked.id = lease_held.id)
