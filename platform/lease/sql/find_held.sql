-- $1 ids, $2 their tokens. Those that still hold, and whether somebody wants them to stop.
SELECT lease_held.id, lease_held.cancel_requested
FROM unnest($1::bigint[], $2::bigint[]) AS given (id, token)
JOIN lease_held ON lease_held.id = given.id AND lease_held.token = given.token
