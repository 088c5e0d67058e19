-- Claimable work: narrow, and soon gone again, so vacuum must keep up with every batch.
CREATE TABLE lease_ready (
    id bigint PRIMARY KEY,
    queue text NOT NULL,
    priority integer NOT NULL,
    run_at bigint NOT NULL,
    token bigint NOT NULL,
    cancel_requested boolean NOT NULL
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX lease_ready_order ON lease_ready (queue, priority DESC, run_at, id);

-- Work in someone's hands. No index on what heartbeats change, so that they stay in their page (HOT).
CREATE TABLE lease_held (
    id bigint PRIMARY KEY,
    queue text NOT NULL,
    priority integer NOT NULL,
    token bigint NOT NULL,
    owner text NOT NULL,
    expires_at bigint NOT NULL,
    cancel_requested boolean NOT NULL
) WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
