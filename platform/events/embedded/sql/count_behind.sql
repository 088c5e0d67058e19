-- Bounded: a backlog beyond 100,000 reads as 100,000.
SELECT count(*) FROM (SELECT 1 FROM log_event WHERE topic = $1 AND position > $2 LIMIT 100000) AS behind
