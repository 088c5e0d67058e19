-- What is known of users: their contact, and what they wish.
SELECT c.user_id, c.version, c.email, c.username, c.first_name, c.locale, c.phone, p.body
FROM contact AS c LEFT JOIN preference AS p ON p.user_id = c.user_id
WHERE c.user_id = ANY($1::bigint[]) AND c.email IS NOT NULL
UNION ALL
SELECT p.user_id, 0, NULL, NULL, NULL, NULL, NULL, p.body
FROM preference AS p
WHERE p.user_id = ANY($1::bigint[])
  AND NOT EXISTS (SELECT 1 FROM contact AS c WHERE c.user_id = p.user_id AND c.email IS NOT NULL)
