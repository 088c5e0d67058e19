SELECT version, name, checksum
FROM schema_migration
WHERE set_name = $1
ORDER BY version;
