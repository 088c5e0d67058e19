INSERT INTO rule (event_type, version, body, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (event_type) DO UPDATE
SET version = excluded.version, body = excluded.body, updated_at = excluded.updated_at
WHERE rule.version = excluded.version - 1
RETURNING version
