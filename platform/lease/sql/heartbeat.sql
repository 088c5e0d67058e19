-- $1 ids, $2 their tokens, $3 duration in microseconds. Answers those that still hold.
UPDATE lease_held
SET expires_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3::bigint
FROM unnest($1::bigint[], $2::bigint[]) AS given (id, token)
WHERE lease_held.id = given.id AND lease_held.token = given.token
RETURNING lease_held.id, lease_held.cancel_requested
