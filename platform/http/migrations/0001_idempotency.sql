-- Answers kept for requests that come again with the same Idempotency-Key. A row without a status is only ever seen by
-- the transaction that made it.
CREATE TABLE idempotency (
    caller text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    status integer,
    content_type text,
    headers text,
    body text,
    created_at bigint NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
