-- Never run: one process owns a SQLite file.
SELECT $1;
