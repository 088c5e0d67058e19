-- A page of ids, newest first, before the place ($1, $2). It looks at $4 accounts at most; the last of them comes
-- back even where it does not fit, since the next page begins behind it.
SELECT user_id, created_at, fits, looked_at
FROM (
    SELECT user_id, created_at,
           ($6 = '' OR state = $6) AND ($7 = '' OR ' ' || roles || ' ' LIKE '% ' || $7 || ' %') AS fits,
           row_number() OVER (ORDER BY created_at DESC, user_id DESC) AS looked_at
    FROM account
    WHERE (created_at, user_id) < ($1, $2) AND created_at >= $3
    ORDER BY created_at DESC, user_id DESC LIMIT $4
) AS seen
WHERE fits OR looked_at = $4
ORDER BY created_at DESC, user_id DESC LIMIT $5
