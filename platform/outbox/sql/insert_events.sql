INSERT INTO outbox (topic, event_key, attributes, payload, created_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
