-- What users want created again and again; `task` holds the fields of POST /tasks, as JSON.
CREATE TABLE schedule (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    name text NOT NULL,
    cron text NOT NULL,
    time_zone text NOT NULL,
    missed_runs text NOT NULL,
    overlap text NOT NULL,
    paused boolean NOT NULL,
    starts_at bigint,
    ends_at bigint,
    task text NOT NULL,
    next_run_at bigint,
    last_run_at bigint,
    last_task_id bigint,
    last_error text,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX schedule_due ON schedule (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX schedule_user ON schedule (user_id, id);
