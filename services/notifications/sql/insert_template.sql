INSERT INTO template (event_type, channel, locale, version, parts, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (event_type, channel, locale, version) DO NOTHING
RETURNING version
