INSERT INTO recovery_code (user_id, code_hash) SELECT * FROM unnest($1::bigint[], $2::text[])
