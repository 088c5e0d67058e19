-- One task and its outbox row in one transaction, shaped like what the service writes.
\set user_id random(1000, 1100)
BEGIN;
INSERT INTO bench.task (
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent
) VALUES (
    nextval('bench.ids'), :user_id, 'bench_external', 'pending', 1, '{"source":"bench","rows":1000}', 3, 'default', 3600,
    '[]', 0, 1790000000000000, '6f1c2f0e-7d3a-4b4c-9a55-2f6f6f0f2d11', ''
);
INSERT INTO bench.outbox (topic, event_key, attributes, payload, created_at) VALUES (
    'task-processing-events', '1000',
    '{"id":"0192f6a4-7d3a-7b4c-9a55-2f6f6f0f2d11","type":"task.created.v1","source":"/tasks","time":1790000000000000,"aggregateVersion":1,"correlationId":"6f1c2f0e-7d3a-4b4c-9a55-2f6f6f0f2d11"}',
    '{"taskId":1000,"taskReference":"TASK2026112200000000","taskType":"bench_external","status":"pending","priority":"medium","progress":0,"parameters":{"source":"bench","rows":1000},"result":null,"errorMessage":null,"userId":1000,"attempt":0,"maxAttempts":3,"queue":"default","tags":[],"runAt":null,"createdAt":"2026-09-21T14:13:20.000000Z","startedAt":null,"completedAt":null,"processingTime":null,"version":1}',
    1790000000000000
);
COMMIT;
