SELECT version, parts, created_by, created_at FROM template
WHERE event_type = $1 AND channel = $2 AND locale = $3 AND version < $4 ORDER BY version DESC LIMIT $5
