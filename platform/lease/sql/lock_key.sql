-- Whoever gives or frees places of a key waits here for the others who do.
SELECT pg_advisory_xact_lock($1)
