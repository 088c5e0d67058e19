-- One table, no partitions.
SELECT '', 0 WHERE $1 < 0
