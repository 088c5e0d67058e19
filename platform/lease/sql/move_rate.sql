UPDATE lease_queue SET next_at = $2 WHERE name = $1
