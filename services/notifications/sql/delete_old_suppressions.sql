DELETE FROM suppression
WHERE (channel, address) IN (SELECT channel, address FROM suppression WHERE until <= $1 LIMIT $2)
