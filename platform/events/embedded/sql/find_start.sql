-- The position before the first event at or after the instant; the last one where there is none.
SELECT coalesce(
    (SELECT min(position) - 1 FROM log_event WHERE topic = $1 AND created_at >= $2),
    (SELECT max(position) FROM log_event WHERE topic = $1),
    0
)
