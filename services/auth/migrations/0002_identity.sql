ALTER TABLE session ADD COLUMN client_id text NOT NULL DEFAULT 'eventstreammonitor';
ALTER TABLE session ADD COLUMN scopes text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN credential_epoch bigint NOT NULL DEFAULT 1;
ALTER TABLE session ADD COLUMN user_agent text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN last_used_at bigint NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN mfa boolean NOT NULL DEFAULT FALSE;
CREATE INDEX session_by_end ON session (expires_at);

-- The least credential epoch whose sessions stand: what user events say, and what a login that raced with them must
-- meet in its own transaction.
CREATE TABLE user_epoch (
    user_id          bigint PRIMARY KEY,
    credential_epoch bigint NOT NULL
);

CREATE TABLE oauth_client (
    client_id   text PRIMARY KEY,
    name        text NOT NULL,
    secret_hash text NOT NULL,
    scopes      text NOT NULL,
    created_by  bigint,
    created_at  bigint NOT NULL,
    revoked_at  bigint,
    version     bigint NOT NULL
);

CREATE TABLE api_key (
    api_key_id       text PRIMARY KEY,
    user_id          bigint NOT NULL,
    username         text NOT NULL,
    roles            text NOT NULL,
    name             text NOT NULL,
    token_hash       text NOT NULL UNIQUE,
    scopes           text NOT NULL,
    credential_epoch bigint NOT NULL,
    created_at       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    last_used_at     bigint,
    revoked_at       bigint
);
CREATE INDEX api_key_by_user ON api_key (user_id, created_at, api_key_id);

CREATE TABLE totp (
    user_id       bigint PRIMARY KEY,
    secret_sealed text NOT NULL,
    confirmed_at  bigint,
    last_step     bigint NOT NULL,
    created_at    bigint NOT NULL
);

CREATE TABLE recovery_code (
    user_id   bigint NOT NULL,
    code_hash text NOT NULL,
    used_at   bigint,
    PRIMARY KEY (user_id, code_hash)
);

-- A login whose password was right and whose second factor is awaited.
CREATE TABLE mfa_challenge (
    challenge_hash   text PRIMARY KEY,
    user_id          bigint NOT NULL,
    identity         text NOT NULL,
    credential_epoch bigint NOT NULL,
    guesses          bigint NOT NULL,
    created_at       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    used_at          bigint
);
CREATE INDEX mfa_challenge_by_end ON mfa_challenge (expires_at);

-- published: known, does not sign yet; active: signs; retired: verifies until remove_after.
ALTER TABLE signing_key ADD COLUMN activate_at bigint NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN remove_after bigint;
