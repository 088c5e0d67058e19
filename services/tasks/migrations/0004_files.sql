-- Files that users gave and artifacts that tasks made; the bytes are in the file store under store_key.
CREATE TABLE file (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    task_id bigint,
    name text NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    store_key text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX file_user ON file (user_id, created_at, id);
CREATE UNIQUE INDEX file_artifact ON file (task_id, name) WHERE task_id IS NOT NULL;
CREATE INDEX file_expiry ON file (expires_at);
-- What a user's files and unfinished uploads count for, against the quota.
CREATE TABLE file_usage (
    user_id bigint PRIMARY KEY,
    bytes bigint NOT NULL
);
-- Objects of the store that no row of file stands for: written before the object is, taken away in the transaction
-- that makes it a file. What is due is deleted, and nobody can make a file of it once that has begun.
CREATE TABLE file_garbage (
    store_key text PRIMARY KEY,
    due_at bigint NOT NULL,
    sweeping boolean NOT NULL DEFAULT false
);
CREATE INDEX file_garbage_due ON file_garbage (due_at);
-- Uploads in several requests. Who appends holds the row for a while; file_id is set when the file is whole.
CREATE TABLE file_upload (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    name text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text,
    received bigint NOT NULL,
    store_key text NOT NULL,
    store_state text NOT NULL,
    digest_state text NOT NULL,
    holder text NOT NULL DEFAULT '',
    held_until bigint NOT NULL DEFAULT 0,
    file_id bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX file_upload_user ON file_upload (user_id);
CREATE INDEX file_upload_expiry ON file_upload (expires_at);
