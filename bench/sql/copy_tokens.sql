-- Copies of auth's tables, indexes and foreign key included, for pgbench.
CREATE SCHEMA bench;
CREATE TABLE bench.session (LIKE public.session INCLUDING ALL);
CREATE TABLE bench.refresh_token (LIKE public.refresh_token INCLUDING ALL);
ALTER TABLE bench.refresh_token
    ADD FOREIGN KEY (session_id) REFERENCES bench.session (session_id) ON DELETE CASCADE;
