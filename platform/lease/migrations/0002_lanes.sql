-- Work now names its pool (who may do it), and within it a queue and a tenant: a lane each, served in turn.
ALTER TABLE lease_ready RENAME COLUMN queue TO pool;
ALTER TABLE lease_ready ADD COLUMN queue text NOT NULL DEFAULT 'default';
ALTER TABLE lease_ready ADD COLUMN tenant bigint NOT NULL DEFAULT 0;
-- The order within a lane: run_at, ten minutes earlier for each step of priority.
ALTER TABLE lease_ready ADD COLUMN rank bigint NOT NULL DEFAULT 0;
-- 0 claimable, 1 not due yet, 2 waits for a place of its concurrency key.
ALTER TABLE lease_ready ADD COLUMN state smallint NOT NULL DEFAULT 1;
ALTER TABLE lease_ready ADD COLUMN concurrency_key text;
ALTER TABLE lease_ready ADD COLUMN concurrency_limit integer NOT NULL DEFAULT 1;
UPDATE lease_ready SET rank = run_at - priority * 600000000;
DROP INDEX lease_ready_order;
CREATE INDEX lease_ready_lane ON lease_ready (pool, queue, tenant, rank, id) WHERE state = 0;
CREATE INDEX lease_ready_due ON lease_ready (run_at) WHERE state = 1;
CREATE INDEX lease_ready_key ON lease_ready (concurrency_key, state, rank, id) WHERE concurrency_key IS NOT NULL;

ALTER TABLE lease_held RENAME COLUMN queue TO pool;
ALTER TABLE lease_held ADD COLUMN queue text NOT NULL DEFAULT 'default';
ALTER TABLE lease_held ADD COLUMN tenant bigint NOT NULL DEFAULT 0;
ALTER TABLE lease_held ADD COLUMN claimed_at bigint NOT NULL DEFAULT 0;
ALTER TABLE lease_held ADD COLUMN progress smallint NOT NULL DEFAULT 0;
-- Grows with each visible change of the held item: its progress, a wish to cancel it.
ALTER TABLE lease_held ADD COLUMN changes integer NOT NULL DEFAULT 0;
ALTER TABLE lease_held ADD COLUMN concurrency_key text;
ALTER TABLE lease_held ADD COLUMN concurrency_limit integer NOT NULL DEFAULT 1;
CREATE INDEX lease_held_key ON lease_held (concurrency_key) WHERE concurrency_key IS NOT NULL;

-- What operators set for a queue; a queue without a row has no limits.
CREATE TABLE lease_queue (
    name text PRIMARY KEY,
    paused boolean NOT NULL DEFAULT false,
    concurrency_max integer,
    rate_per_minute integer,
    -- When the queue's rate allows its next item (GCRA's theoretical arrival time).
    next_at bigint NOT NULL DEFAULT 0
);
