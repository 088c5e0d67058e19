-- One more of the window, unless it is used up: then there is no row. $2 now, $3 when a window that is over began, $4
-- the most a window has.
INSERT INTO throttle_window AS w (key_hash, began_at, used) VALUES ($1, $2, 1)
ON CONFLICT (key_hash) DO UPDATE SET
    used = CASE WHEN w.began_at <= $3 THEN 1 ELSE w.used + 1 END,
    began_at = CASE WHEN w.began_at <= $3 THEN $2 ELSE w.began_at END
WHERE w.began_at <= $3 OR w.used < $4
RETURNING used
