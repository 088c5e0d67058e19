-- As ended tasks leave them in the outbox, with ids in the order of time (UUID v7): the service's own relay publishes
-- them. 50,000 of 1,000 users.
INSERT INTO outbox (topic, event_key, attributes, payload, created_at)
SELECT 'task-processing-events', task_id::text,
       json_build_object(
           'id', substr(begun, 1, 8) || '-' || substr(begun, 9, 4) || '-7' || substr(random, 1, 3) || '-8'
               || substr(random, 4, 3) || '-' || substr(random, 7, 12), 'type', 'task.completed.v1', 'source', '/tasks', 'correlationId', 'bench',
           'time', 1795000000000000, 'version', 3
       )::text,
       json_build_object(
           'taskId', task_id, 'taskReference', 'TASK20261126' || lpad(to_hex(task_id), 8, '0'), 'taskType', 'noop',
           'status', 'completed', 'priority', 'medium', 'progress', 100, 'parameters', json_build_object(),
           'result', json_build_object('rows', task_id), 'errorMessage', NULL, 'userId', 1000 + task_id % 1000,
           'attempt', 1, 'maxAttempts', 3, 'createdAt', '2026-11-26T10:00:00.000000Z',
           'startedAt', '2026-11-26T10:00:00.500000Z', 'completedAt', '2026-11-26T10:00:01.000000Z',
           'processingTime', 0.5, 'version', 3
       )::text,
       0
FROM (
    SELECT task_id, md5(random()::text) AS random,
           lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS begun
    FROM generate_series(1000000, 1049999) AS task_id
) AS ended
