ALTER TABLE account ADD COLUMN state text NOT NULL DEFAULT 'active';
-- Grows with each change that ends the user's tokens: password, lock, roles.
ALTER TABLE account ADD COLUMN credential_epoch bigint NOT NULL DEFAULT 1;

-- Who did what to whom. Never changed, never deleted: what is left of a deleted account.
CREATE TABLE audit_entry (
    entry_id   bigint PRIMARY KEY,
    at         bigint NOT NULL,
    actor_id   bigint,
    client_id  text,
    action     text NOT NULL,
    subject_id bigint NOT NULL,
    details    text NOT NULL,
    request_id text NOT NULL
);
CREATE INDEX audit_entry_by_time ON audit_entry (at, entry_id);
CREATE INDEX audit_entry_by_subject ON audit_entry (subject_id, at, entry_id);

-- A code that proves an e-mail address or allows a new password. The code itself is derived from the master key when
-- its mail is written and never stored; what is kept is a keyed hash.
CREATE TABLE email_challenge (
    challenge_id text PRIMARY KEY,
    user_id      bigint NOT NULL,
    purpose      text NOT NULL,
    email        text NOT NULL,
    email_key    text NOT NULL,
    code_hash    text NOT NULL,
    token_hash   text NOT NULL,
    guesses      bigint NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    used_at      bigint
);
CREATE INDEX email_challenge_by_user ON email_challenge (user_id, purpose, created_at);
CREATE UNIQUE INDEX email_challenge_by_token ON email_challenge (token_hash);
CREATE INDEX email_challenge_by_end ON email_challenge (expires_at);
