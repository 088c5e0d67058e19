SELECT pg_try_advisory_lock(CAST($1 AS bigint));
