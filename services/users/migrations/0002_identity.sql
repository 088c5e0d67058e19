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

-- A mailed code that proves an e-mail address or allows a new password. The code follows from the id and a key (see
-- platform/security/mailed_code.hpp), so it is not stored. Where nothing is mailed, because nobody has the address or it
-- needs no proof, a row of user 0 makes the answer take as long.
CREATE TABLE email_challenge (
    challenge_id text PRIMARY KEY,
    user_id      bigint NOT NULL,
    purpose      text NOT NULL,
    email        text NOT NULL,
    email_key    text NOT NULL,
    guesses      bigint NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    used_at      bigint
);
CREATE INDEX email_challenge_by_email ON email_challenge (email_key, created_at);
CREATE INDEX email_challenge_by_user ON email_challenge (user_id);
CREATE INDEX email_challenge_by_end ON email_challenge (expires_at);
