INSERT INTO notification_attempt (notification_id, number, started_at, finished_at, outcome, answer, provider)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
