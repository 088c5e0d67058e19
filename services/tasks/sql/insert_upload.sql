-- No row comes back where the user has $10 unfinished uploads.
INSERT INTO file_upload
    (id, user_id, name, bytes, sha256, received, store_key, store_state, digest_state, created_at, expires_at)
SELECT CAST($1 AS bigint), CAST($2 AS bigint), CAST($3 AS text), CAST($4 AS bigint), CAST($5 AS text), 0,
       CAST($6 AS text), CAST($7 AS text), CAST($8 AS text), CAST($9 AS bigint), CAST($11 AS bigint)
WHERE (SELECT count(*) FROM file_upload WHERE user_id = $2 AND file_id IS NULL) < $10
RETURNING id
