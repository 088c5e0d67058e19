-- The longer one of two counts.
INSERT INTO suppression (channel, address, reason, until, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, address) DO UPDATE
SET reason = excluded.reason, until = excluded.until, created_at = excluded.created_at
WHERE suppression.until < excluded.until
