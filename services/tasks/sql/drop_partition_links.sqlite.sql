-- One table, no partitions.
SELECT $1, $2
