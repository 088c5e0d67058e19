-- Answers the ids that are new to the consumer.
INSERT INTO inbox (consumer, event_id, seen_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT DO NOTHING
RETURNING event_id
