SELECT channel, address, reason, until, created_at FROM suppression
WHERE channel = $1 AND address = $2 AND until > $3
