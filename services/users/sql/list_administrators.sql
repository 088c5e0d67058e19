-- list_accounts_by_age for administrators, of whom there are few; $8: the beginning of a name, $9 its end.
SELECT user_id, created_at, fits, looked_at
FROM (
    SELECT user_id, created_at,
           ($6 = '' OR state = $6) AND ($7 = '' OR ' ' || roles || ' ' LIKE '% ' || $7 || ' %')
           AND ($8 = '' OR (username_key >= $8 AND username_key < $9) OR (email_key >= $8 AND email_key < $9))
               AS fits,
           row_number() OVER (ORDER BY created_at DESC, user_id DESC) AS looked_at
    FROM account
    WHERE ' ' || roles || ' ' LIKE '% admin %' AND (created_at, user_id) < ($1, $2) AND created_at >= $3
    ORDER BY created_at DESC, user_id DESC LIMIT $4
) AS seen
WHERE fits OR looked_at = $4
ORDER BY created_at DESC, user_id DESC LIMIT $5
