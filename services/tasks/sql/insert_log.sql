INSERT INTO task_log (task_id, attempt, line, logged_at, severity, message)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
