-- In a claim SQLite's half: PostgreSQL moves rows in one statement.
DELETE FROM lease_ready WHERE id = ANY($1::bigint[])
