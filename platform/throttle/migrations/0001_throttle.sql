CREATE TABLE throttle_failure (
    key_hash text PRIMARY KEY,
    failures bigint NOT NULL,
    next_at  bigint NOT NULL,
    last_at  bigint NOT NULL
);
CREATE INDEX throttle_failure_by_age ON throttle_failure (last_at);

CREATE TABLE throttle_window (
    key_hash text PRIMARY KEY,
    began_at bigint NOT NULL,
    used     bigint NOT NULL
);
CREATE INDEX throttle_window_by_age ON throttle_window (began_at);
