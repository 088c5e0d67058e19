-- One table, no partitions.
SELECT $1 = '' AND $2 < 0
