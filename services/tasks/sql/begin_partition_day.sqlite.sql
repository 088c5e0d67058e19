-- One table, no partitions.
SELECT 1 WHERE $1 < 0
