-- One process at a time changes the partitions.
SELECT pg_advisory_xact_lock(7165894723)
