-- A task that completes changes no indexed column and finds room on its page, so no index is written (heap-only
-- tuples): its status is indexed only where it is neither `pending` nor `completed`.
DROP INDEX task_user_status;
ALTER TABLE task ADD COLUMN indexed_status text
    GENERATED ALWAYS AS (CASE WHEN status NOT IN ('pending', 'completed') THEN status END) STORED;
CREATE INDEX task_user_status ON task (user_id, indexed_status, created_at, id) WHERE indexed_status IS NOT NULL;
CREATE OR REPLACE FUNCTION task_add_partition(span bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    first bigint := (SELECT max(end_id) FROM task_partition);
BEGIN
    EXECUTE format(
        'CREATE TABLE task_%s (LIKE task INCLUDING DEFAULTS INCLUDING GENERATED) WITH (fillfactor = 50)', first
    );
    EXECUTE format('ALTER TABLE task ATTACH PARTITION task_%s FOR VALUES FROM (%s) TO (%s)', first, first, first + span);
    INSERT INTO task_partition (end_id, first_id, name) VALUES (first + span, first, 'task_' || first);
    RETURN first + span;
END
$$;
DO $$
DECLARE
    each text;
BEGIN
    FOR each IN SELECT name FROM task_partition LOOP
        EXECUTE format('ALTER TABLE %I SET (fillfactor = 50)', each);
    END LOOP;
END
$$;
