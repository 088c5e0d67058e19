-- The history is partitioned by ranges of ids: a range holds the tasks of a day or less, so retention is a DROP.
-- The state of a task that runs stands in lease_held alone: its row is written when it ends.
ALTER TABLE task ADD COLUMN extra text;
ALTER TABLE task ADD COLUMN worker text;
-- Other tasks wait for this one.
ALTER TABLE task ADD COLUMN followed boolean NOT NULL DEFAULT false;
UPDATE lease_held SET claimed_at = coalesce(task.started_at, task.created_at), queue = task.queue, tenant = task.user_id
FROM task WHERE task.id = lease_held.id;
UPDATE lease_ready SET queue = task.queue, tenant = task.user_id FROM task WHERE task.id = lease_ready.id;
UPDATE task SET status = 'pending', version = version - 1 WHERE status = 'running';
DROP INDEX task_created;
DROP INDEX task_user;
DROP INDEX task_user_status;
ALTER TABLE task RENAME TO task_first;
ALTER TABLE task_first RENAME CONSTRAINT task_pkey TO task_first_pkey;
CREATE TABLE task (LIKE task_first INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE INDEX task_created ON task (created_at, id);
CREATE INDEX task_user ON task (user_id, created_at, id);
CREATE INDEX task_user_status ON task (user_id, status, created_at, id);

CREATE TABLE task_partition (
    end_id bigint PRIMARY KEY,
    first_id bigint NOT NULL,
    name text NOT NULL,
    begun_day bigint NOT NULL DEFAULT 0,
    -- When the last id before end_id was given out, at the latest.
    closed_at bigint
);
-- Adds a partition of `span` ids behind the last; answers where it ends. Attaching, unlike PARTITION OF, lets others read
-- and write meanwhile.
CREATE FUNCTION task_add_partition(span bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    first bigint := (SELECT max(end_id) FROM task_partition);
BEGIN
    EXECUTE format('CREATE TABLE task_%s (LIKE task INCLUDING DEFAULTS)', first);
    EXECUTE format('ALTER TABLE task ATTACH PARTITION task_%s FOR VALUES FROM (%s) TO (%s)', first, first, first + span);
    INSERT INTO task_partition (end_id, first_id, name) VALUES (first + span, first, 'task_' || first);
    RETURN first + span;
END
$$;
CREATE FUNCTION task_drop_partition(partition_name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE %I', partition_name);
    DELETE FROM task_partition WHERE name = partition_name;
    RETURN true;
END
$$;
-- Whether a partition holds nothing but tasks that ended before `cutoff`.
CREATE FUNCTION task_partition_is_over(partition_name text, cutoff bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    kept boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE completed_at IS NULL OR completed_at >= $1)', partition_name)
        INTO kept USING cutoff;
    RETURN NOT kept;
END
$$;
CREATE FUNCTION task_begin_partitions() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    used bigint := coalesce((SELECT next FROM id_block WHERE name = 'task'), 1000);
    first_end bigint := (used / 1000000 + 1) * 1000000;
BEGIN
    EXECUTE format('ALTER TABLE task ATTACH PARTITION task_first FOR VALUES FROM (MINVALUE) TO (%s)', first_end);
    INSERT INTO task_partition (end_id, first_id, name) VALUES (first_end, 0, 'task_first');
    PERFORM task_add_partition(1000000);
    RETURN task_add_partition(1000000);
END
$$;
SELECT task_begin_partitions();
DROP FUNCTION task_begin_partitions();

-- Attempts that did not end their task; the one that did is told by the task's row.
CREATE TABLE task_attempt (
    task_id bigint NOT NULL,
    attempt bigint NOT NULL,
    worker text NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    outcome text NOT NULL,
    error_message text,
    PRIMARY KEY (task_id, attempt)
);
CREATE TABLE task_log (
    task_id bigint NOT NULL,
    attempt bigint NOT NULL,
    line bigint NOT NULL,
    logged_at bigint NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
);
-- Which task has a unique key now; the row goes when the task ends.
CREATE TABLE task_unique (
    user_id bigint NOT NULL,
    unique_key text NOT NULL,
    task_id bigint NOT NULL,
    PRIMARY KEY (user_id, unique_key)
);
CREATE INDEX task_unique_task ON task_unique (task_id);
-- Whom a blocked task still waits for.
CREATE TABLE task_dependency (
    task_id bigint NOT NULL,
    parent_id bigint NOT NULL,
    PRIMARY KEY (task_id, parent_id)
);
CREATE INDEX task_dependency_parent ON task_dependency (parent_id);
