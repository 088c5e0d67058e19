-- Events that are true but not yet published.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic text NOT NULL,
    event_key text NOT NULL,
    attributes text NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL
);

-- Grows by one whenever a process becomes the relay.
CREATE TABLE outbox_epoch (
    id integer PRIMARY KEY,
    epoch bigint NOT NULL
);
INSERT INTO outbox_epoch (id, epoch) VALUES (1, 0);
