-- Every task ever made; what may be claimed and what is held stands in the narrow tables of platform/lease.
CREATE TABLE task (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    priority integer NOT NULL,
    progress integer NOT NULL DEFAULT 0,
    parameters text NOT NULL,
    result text,
    error_message text,
    attempt integer NOT NULL DEFAULT 0,
    lost_attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    queue text NOT NULL,
    timeout_seconds integer NOT NULL,
    tags text NOT NULL,
    run_at bigint NOT NULL,
    created_at bigint NOT NULL,
    started_at bigint,
    completed_at bigint,
    cancel_requested boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    correlation_id text NOT NULL,
    traceparent text NOT NULL
);
CREATE INDEX task_created ON task (created_at, id);
CREATE INDEX task_user ON task (user_id, created_at, id);
CREATE INDEX task_user_status ON task (user_id, status, created_at, id);
-- Who exists, from user.registered.v1: an id and nothing personal.
CREATE TABLE known_user (
    user_id bigint PRIMARY KEY,
    registered_at bigint NOT NULL
);
