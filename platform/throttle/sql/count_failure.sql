-- One more try, unless it comes before its time: then there is no row. $2 now, $3 when older failures are forgotten,
-- $4 the first wait, $5 the longest one, $6 tries without a wait, $7 doublings until the longest.
INSERT INTO throttle_failure AS f (key_hash, failures, next_at, last_at)
VALUES ($1, 1, CASE WHEN CAST($6 AS bigint) <= 1 THEN CAST($2 AS bigint) + CAST($4 AS bigint) ELSE CAST($2 AS bigint) END, $2)
ON CONFLICT (key_hash) DO UPDATE SET
    failures = CASE WHEN f.last_at < $3 THEN 1 ELSE f.failures + 1 END,
    next_at = CASE
        WHEN f.last_at < $3 OR f.failures + 1 < CAST($6 AS bigint) THEN $2
        WHEN f.failures + 1 - CAST($6 AS bigint) >= CAST($7 AS bigint) THEN $2 + $5
        ELSE $2 + $4 * (1 << CAST(f.failures + 1 - CAST($6 AS bigint) AS integer))
    END,
    last_at = $2
WHERE f.next_at <= $2
RETURNING failures
