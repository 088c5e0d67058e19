-- Users who are gone for good: an id and nothing personal, so that nothing that comes late brings one back. Open until
-- nothing was found of the user for a while.
CREATE TABLE erased_user (
    user_id   bigint PRIMARY KEY,
    erased_at bigint NOT NULL,
    open      boolean NOT NULL
);
CREATE INDEX erased_user_open ON erased_user (user_id) WHERE open;
