-- :tasks ended tasks of the last 30 days, in turn of :users users from :user_id on: of each one's, every twentieth
-- failed, the one after it cancelled, the others completed.
SELECT task_add_partition(1000000) FROM generate_series(1, :tasks / 1000000);
INSERT INTO task (
    id, user_id, type, status, priority, progress, parameters, result, error_message, attempt, max_attempts, queue,
    timeout_seconds, tags, run_at, created_at, started_at, completed_at, version, correlation_id, traceparent
)
SELECT 1000000 + i, :user_id + i % :users, 'bench_external', status, 1,
       CASE status WHEN 'completed' THEN 100 ELSE 0 END, '{"source":"bench","rows":1000}',
       CASE status WHEN 'completed' THEN '{"rows":1000}' END,
       CASE status WHEN 'failed' THEN 'line 17: 12,5 is no number' END, 1, 3, 'default', 300, '["bench"]',
       made, made, made + 5000, made + 10000, 3, '6f1c2f0e-7d3a-4b4c-9a55-2f6f6f0f2d11', ''
FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now OFFSET 0) AS clock,
     generate_series(0::bigint, :tasks - 1) AS i,
     LATERAL (
         SELECT now - 2592000000000 + i * (2592000000000 / :tasks) AS made,
                CASE i / :users % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'completed' END AS status
     ) AS each;
