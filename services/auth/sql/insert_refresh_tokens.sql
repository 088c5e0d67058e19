INSERT INTO refresh_token (token_hash, session_id, issued_at, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
