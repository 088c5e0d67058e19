INSERT INTO schema_migration (set_name, version, name, checksum, applied_at)
VALUES ($1, $2, $3, $4, $5);
