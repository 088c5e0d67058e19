CREATE TABLE IF NOT EXISTS schema_migration (
    set_name text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at bigint NOT NULL,
    PRIMARY KEY (set_name, version)
);
