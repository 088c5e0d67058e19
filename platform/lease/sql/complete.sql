-- $1 ids, $2 their tokens. Answers those that still held.
DELETE FROM lease_held
USING unnest($1::bigint[], $2::bigint[]) AS given (id, token)
WHERE lease_held.id = given.id AND lease_held.token = given.token
RETURNING
    lease_held.id, claimed_at, (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint), progress,
    changes, cancel_requested, owner, concurrency_key
