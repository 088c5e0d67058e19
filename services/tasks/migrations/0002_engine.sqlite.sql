-- The state of a task that runs stands in lease_held alone: its row is written when it ends.
ALTER TABLE task ADD COLUMN extra text;
ALTER TABLE task ADD COLUMN worker text;
-- Other tasks wait for this one.
ALTER TABLE task ADD COLUMN followed boolean NOT NULL DEFAULT 0;
UPDATE lease_held SET claimed_at = coalesce(task.started_at, task.created_at), queue = task.queue, tenant = task.user_id
FROM task WHERE task.id = lease_held.id;
UPDATE lease_ready SET queue = task.queue, tenant = task.user_id FROM task WHERE task.id = lease_ready.id;
UPDATE task SET status = 'pending', version = version - 1 WHERE status = 'running';

-- Attempts that did not end their task; the one that did is told by the task's row.
CREATE TABLE task_attempt (
    task_id integer NOT NULL,
    attempt integer NOT NULL,
    worker text NOT NULL,
    started_at integer NOT NULL,
    ended_at integer NOT NULL,
    outcome text NOT NULL,
    error_message text,
    PRIMARY KEY (task_id, attempt)
) WITHOUT ROWID;
CREATE TABLE task_log (
    task_id integer NOT NULL,
    attempt integer NOT NULL,
    line integer NOT NULL,
    logged_at integer NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
) WITHOUT ROWID;
-- Which task has a unique key now; the row goes when the task ends.
CREATE TABLE task_unique (
    user_id integer NOT NULL,
    unique_key text NOT NULL,
    task_id integer NOT NULL,
    PRIMARY KEY (user_id, unique_key)
) WITHOUT ROWID;
CREATE INDEX task_unique_task ON task_unique (task_id);
-- Whom a blocked task still waits for.
CREATE TABLE task_dependency (
    task_id integer NOT NULL,
    parent_id integer NOT NULL,
    PRIMARY KEY (task_id, parent_id)
) WITHOUT ROWID;
CREATE INDEX task_dependency_parent ON task_dependency (parent_id);
