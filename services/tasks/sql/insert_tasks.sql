INSERT INTO task (
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent, extra, followed
)
SELECT
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent, extra, followed = 1
FROM unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
    $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::text[],
    $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::bigint[]
) AS made(
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent, extra, followed
)
