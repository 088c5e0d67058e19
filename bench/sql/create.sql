-- One task and its outbox row in one transaction, shaped like what the service writes. pgbench takes
-- a colon in a text for a variable, so the texts come as variables.
\set user_id random(1000, 1100)
BEGIN;
INSERT INTO bench.task (
    id, user_id, type, status, priority, parameters, max_attempts, queue, timeout_seconds, tags, run_at, created_at,
    correlation_id, traceparent
) VALUES (
    nextval('bench.ids'), :user_id, 'bench_external', 'pending', 1, :parameters, 3, 'default', 3600,
    '[]', 0, 1790000000000000, '6f1c2f0e-7d3a-4b4c-9a55-2f6f6f0f2d11', ''
);
INSERT INTO bench.outbox (topic, event_key, attributes, payload, created_at)
VALUES ('task-processing-events', '1000', :attributes, :payload, 1790000000000000);
COMMIT;
