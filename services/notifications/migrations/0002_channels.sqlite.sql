ALTER TABLE contact ADD COLUMN phone text;

ALTER TABLE notification ADD COLUMN critical boolean NOT NULL DEFAULT 0;
ALTER TABLE notification ADD COLUMN content text;
ALTER TABLE notification ADD COLUMN digest_key text;
ALTER TABLE notification ADD COLUMN items integer NOT NULL DEFAULT 1;
ALTER TABLE notification ADD COLUMN deliver_at bigint;
ALTER TABLE notification ADD COLUMN provider_id text;
ALTER TABLE notification ADD COLUMN delivered_at bigint;
ALTER TABLE notification ADD COLUMN read_at bigint;
ALTER TABLE notification ADD COLUMN inbox_at bigint;
ALTER TABLE notification ADD COLUMN resend_of bigint;
-- Whom it tells its user of, where that is somebody else.
ALTER TABLE notification ADD COLUMN about_user_id bigint;
CREATE UNIQUE INDEX notification_digest ON notification (digest_key) WHERE digest_key IS NOT NULL;
CREATE INDEX notification_of_provider ON notification (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX notification_inbox ON notification (user_id, inbox_at, notification_id) WHERE inbox_at IS NOT NULL;
CREATE INDEX notification_about_user ON notification (about_user_id) WHERE about_user_id IS NOT NULL;
CREATE INDEX notification_unread ON notification (user_id, notification_id)
    WHERE inbox_at IS NOT NULL AND read_at IS NULL;

-- The events that a digest has gathered, the first one too.
CREATE TABLE notification_item (
    notification_id bigint NOT NULL,
    event_id        text NOT NULL,
    subject         text NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (notification_id, event_id)
) WITHOUT ROWID;

-- Those that failed for good and wait to be sent again by hand. Not an index on the status: no update of a row would be
-- a HOT one.
CREATE TABLE dead_notification (
    notification_id bigint PRIMARY KEY,
    failed_at       bigint NOT NULL
);
CREATE INDEX dead_notification_by_time ON dead_notification (failed_at, notification_id);

ALTER TABLE notification_attempt ADD COLUMN provider text NOT NULL DEFAULT 'primary';

CREATE TABLE preference (
    user_id    bigint PRIMARY KEY,
    version    bigint NOT NULL,
    body       text NOT NULL,
    updated_at bigint NOT NULL
);

-- Addresses that may not be written to for a while, or by the recipient's own wish.
CREATE TABLE suppression (
    channel    text NOT NULL,
    address    text NOT NULL,
    reason     text NOT NULL,
    until      bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (channel, address)
) WITHOUT ROWID;
CREATE INDEX suppression_end ON suppression (until);

-- What a provider told of a message before it was written down that it had taken it.
CREATE TABLE early_report (
    channel        text NOT NULL,
    provider_id    text NOT NULL,
    became         text NOT NULL,
    why            text NOT NULL,
    recipient_gone boolean NOT NULL,
    received_at    integer NOT NULL,
    PRIMARY KEY (channel, provider_id)
) WITHOUT ROWID;
CREATE INDEX early_report_by_time ON early_report (received_at);

CREATE TABLE device (
    device_id   integer PRIMARY KEY AUTOINCREMENT,
    user_id     bigint NOT NULL,
    kind        text NOT NULL,
    fingerprint text NOT NULL UNIQUE,
    target      text NOT NULL,  -- sealed: who has it can write to the device
    label       text NOT NULL,
    created_at  bigint NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('device', 999);
CREATE INDEX device_of_user ON device (user_id, device_id);

CREATE TABLE webhook (
    webhook_id      integer PRIMARY KEY AUTOINCREMENT,
    user_id         bigint NOT NULL,
    version         bigint NOT NULL,
    url             text NOT NULL,
    event_types     text NOT NULL,
    description     text NOT NULL,
    everyone        boolean NOT NULL,
    secret          text NOT NULL,  -- sealed
    previous_secret text,           -- sealed
    previous_until  bigint,
    disabled_reason text,
    created_at      bigint NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('webhook', 999);
CREATE INDEX webhook_of_user ON webhook (user_id, webhook_id);
CREATE INDEX webhook_of_everyone ON webhook (webhook_id) WHERE everyone;

-- Every version that was ever stored; the last one counts. Parts are unset where it went back to the shipped texts.
CREATE TABLE template (
    event_type text NOT NULL,
    channel    text NOT NULL,
    locale     text NOT NULL,
    version    bigint NOT NULL,
    parts      text,
    created_by bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (event_type, channel, locale, version)
) WITHOUT ROWID;

-- The body is unset where the rule was removed: a later one does not begin with a version that was seen before.
CREATE TABLE rule (
    event_type text PRIMARY KEY,
    version    bigint NOT NULL,
    body       text,
    updated_at bigint NOT NULL
);

-- Where users have logged in from: a sign-in from elsewhere is told to them.
CREATE TABLE sign_in (
    user_id     bigint NOT NULL,
    fingerprint text NOT NULL,
    seen_at     bigint NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
) WITHOUT ROWID;

-- Events that could not be applied; the topic dlq.<group>.<topic> has them too.
CREATE TABLE dead_event (
    dead_event_id integer PRIMARY KEY AUTOINCREMENT,
    topic         text NOT NULL,
    place         text NOT NULL,
    event_id      text NOT NULL,
    event_type    text NOT NULL,
    event_key     text NOT NULL,
    user_id       bigint NOT NULL,  -- whom the payload is about, as far as it can be read; 0: nobody
    headers       text NOT NULL,
    payload       text NOT NULL,
    encoding      text NOT NULL,  -- of the payload: utf-8, or base64 where it is no text
    reason        text NOT NULL,
    version       bigint NOT NULL,
    created_at    bigint NOT NULL,
    redriven_at   bigint,
    UNIQUE (topic, place)
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('dead_event', 999);
CREATE INDEX dead_event_waiting ON dead_event (dead_event_id) WHERE redriven_at IS NULL;
CREATE INDEX dead_event_redriven ON dead_event (redriven_at) WHERE redriven_at IS NOT NULL;
CREATE INDEX dead_event_of_user ON dead_event (user_id) WHERE user_id > 0;
