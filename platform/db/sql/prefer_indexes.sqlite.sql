-- Nothing to say: SQLite plans by index without statistics.
SELECT 1
