-- Answers those that were not known.
INSERT INTO sign_in (user_id, fingerprint, seen_at)
SELECT DISTINCT ON (user_id, fingerprint) * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
     AS seen (user_id, fingerprint, seen_at)
ON CONFLICT DO NOTHING
RETURNING user_id, fingerprint
