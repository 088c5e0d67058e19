-- A page of ids in order of the name that begins with $2 (and is less than $3), from the key $1 on. An account whose
-- username fits stands at its username alone. The page looks at $4 names at most, as list_accounts_by_age does.
SELECT user_id, key, fits, looked_at
FROM (
    SELECT user_id, key,
           NOT twice AND ($6 = '' OR state = $6) AND ($7 = '' OR ' ' || roles || ' ' LIKE '% ' || $7 || ' %')
           AND created_at >= $8 AND created_at < $9 AS fits,
           row_number() OVER (ORDER BY key) AS looked_at
    FROM (
        SELECT * FROM (
            SELECT username_key AS key, user_id, state, roles, created_at, false AS twice
            FROM account WHERE username_key >= $1 AND username_key < $3 ORDER BY username_key LIMIT $4
        ) AS usernames
        UNION ALL
        SELECT * FROM (
            SELECT email_key AS key, user_id, state, roles, created_at,
                   username_key >= $2 AND username_key < $3 AS twice
            FROM account WHERE email_key >= $1 AND email_key < $3 ORDER BY email_key LIMIT $4
        ) AS addresses
    ) AS names
    ORDER BY key LIMIT $4
) AS seen
WHERE fits OR looked_at = $4
ORDER BY key LIMIT $5
