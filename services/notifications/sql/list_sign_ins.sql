SELECT fingerprint, seen_at FROM sign_in WHERE user_id = $1 AND fingerprint > $2 ORDER BY fingerprint LIMIT $3
