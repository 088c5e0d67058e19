-- Events that are true but not yet published. Rows live for milliseconds: vacuum must keep up with every batch, else the
-- relay reads past the dead ones.
CREATE TABLE outbox (
    id bigserial PRIMARY KEY,
    topic text NOT NULL,
    event_key text NOT NULL,
    attributes text NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);

-- Grows by one whenever a process becomes the relay: one that lost its lock cannot delete any more.
CREATE TABLE outbox_epoch (
    id integer PRIMARY KEY,
    epoch bigint NOT NULL
);
INSERT INTO outbox_epoch (id, epoch) VALUES (1, 0);
