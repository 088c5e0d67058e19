INSERT INTO task_attempt (task_id, attempt, worker, started_at, ended_at, outcome, error_message)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
ON CONFLICT DO NOTHING
