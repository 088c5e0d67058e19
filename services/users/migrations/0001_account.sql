CREATE TABLE account (
    user_id        bigint PRIMARY KEY,
    username       text NOT NULL,
    username_key   text NOT NULL UNIQUE,
    email          text NOT NULL,
    email_key      text NOT NULL UNIQUE,
    password_hash  text NOT NULL,
    first_name     text NOT NULL,
    last_name      text NOT NULL,
    date_of_birth  text,
    phone          text,
    locale         text,
    email_verified boolean NOT NULL,
    roles          text NOT NULL,
    version        bigint NOT NULL,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL
);
