UPDATE refresh_token SET used_at = used.at, successor_sealed = used.successor
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS used(token_hash, at, successor)
WHERE refresh_token.token_hash = used.token_hash
