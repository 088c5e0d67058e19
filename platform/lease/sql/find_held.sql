-- $1 ids, $2 their tokens. Those that still hold, and whether somebody wants them to stop.
SELECT id, cancel_requested, false
FROM lease_held
WHERE id = ANY($1::bigint[]) AND (id, token) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
