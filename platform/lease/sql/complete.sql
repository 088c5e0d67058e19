-- $1 ids, $2 their tokens. Answers those that still held. Found by their ids alone: a join that reads the table also reads
-- all that cannot be vacuumed yet.
DELETE FROM lease_held
WHERE id = ANY($1::bigint[]) AND (id, token) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
RETURNING
    id, claimed_at, (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint), progress,
    changes, cancel_requested, owner, concurrency_key, token
