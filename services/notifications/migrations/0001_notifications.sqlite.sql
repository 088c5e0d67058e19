CREATE TABLE contact (
    user_id    integer PRIMARY KEY,
    version    bigint NOT NULL,
    email      text,
    username   text,
    first_name text,
    locale     text,
    updated_at bigint
);

CREATE TABLE notification (
    notification_id integer PRIMARY KEY AUTOINCREMENT,
    event_id        text NOT NULL,
    event_type      text NOT NULL,
    channel         text NOT NULL,
    recipient_key   text NOT NULL,
    user_id         bigint NOT NULL,
    template        text NOT NULL,
    model           text NOT NULL,
    subject         text NOT NULL,
    recipient       text NOT NULL,
    waiting         boolean NOT NULL,
    status          text NOT NULL,
    attempts        integer NOT NULL,
    refusals        integer NOT NULL,
    error_message   text,
    correlation_id  text NOT NULL,
    traceparent     text NOT NULL,
    version         bigint NOT NULL,
    created_at      bigint NOT NULL,
    sent_at         bigint,
    UNIQUE (event_id, channel, recipient_key)
);
-- The first id is 1000, as everywhere.
INSERT INTO sqlite_sequence (name, seq) VALUES ('notification', 999);
CREATE INDEX notification_of_user ON notification (user_id, notification_id);
CREATE INDEX notification_waiting ON notification (user_id) WHERE waiting;

CREATE TABLE notification_attempt (
    notification_id bigint NOT NULL,
    number          integer NOT NULL,
    started_at      bigint NOT NULL,
    finished_at     bigint NOT NULL,
    outcome         text NOT NULL,
    answer          text NOT NULL,
    PRIMARY KEY (notification_id, number)
) WITHOUT ROWID;
