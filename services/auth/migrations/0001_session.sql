CREATE TABLE session (
    session_id  text PRIMARY KEY,
    user_id     bigint NOT NULL,
    username    text NOT NULL,
    roles       text NOT NULL,
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    revoked_at  bigint,
    version     bigint NOT NULL
);
CREATE INDEX session_by_user ON session (user_id, created_at);

CREATE TABLE refresh_token (
    token_hash       text PRIMARY KEY,
    session_id       text NOT NULL REFERENCES session (session_id) ON DELETE CASCADE,
    issued_at        bigint NOT NULL,
    expires_at       bigint NOT NULL,
    used_at          bigint,
    successor_sealed text
);
CREATE INDEX refresh_token_by_session ON refresh_token (session_id);

CREATE TABLE signing_key (
    key_id         text PRIMARY KEY,
    private_sealed text NOT NULL,
    public_jwk     text NOT NULL,
    state          text NOT NULL,
    created_at     bigint NOT NULL
);
CREATE UNIQUE INDEX signing_key_one_active ON signing_key (state) WHERE state = 'active';
