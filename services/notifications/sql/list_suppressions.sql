SELECT channel, address, reason, until, created_at FROM suppression
WHERE ($1 = '' OR channel = $1) AND (channel, address) > ($2, $3) AND until > $4
ORDER BY channel, address LIMIT $5
