-- The database's own, which all replicas share: theirs may differ.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
