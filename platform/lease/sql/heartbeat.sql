-- $1 ids, $2 their tokens, $3 progress or -1 where it has not changed, $4 duration in microseconds. Answers those that
-- still hold.
UPDATE lease_held
SET expires_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $4::bigint,
    progress = CASE WHEN given.progress < 0 THEN lease_held.progress ELSE given.progress END,
    changes = changes + CASE WHEN given.progress < 0 OR given.progress = lease_held.progress THEN 0 ELSE 1 END
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS given (id, token, progress)
WHERE lease_held.id = given.id AND lease_held.token = given.token
RETURNING lease_held.id, lease_held.cancel_requested
