-- Claimable work.
CREATE TABLE lease_ready (
    id integer PRIMARY KEY,
    queue text NOT NULL,
    priority integer NOT NULL,
    run_at integer NOT NULL,
    token integer NOT NULL,
    cancel_requested integer NOT NULL
);
CREATE INDEX lease_ready_order ON lease_ready (queue, priority DESC, run_at, id);

-- Work in someone's hands.
CREATE TABLE lease_held (
    id integer PRIMARY KEY,
    queue text NOT NULL,
    priority integer NOT NULL,
    token integer NOT NULL,
    owner text NOT NULL,
    expires_at integer NOT NULL,
    cancel_requested integer NOT NULL
);
