-- Every active administrator, in one order for all, so that two that take a role from each other come one after the
-- other.
SELECT user_id FROM account
WHERE ' ' || roles || ' ' LIKE '% admin %' AND state = 'active' ORDER BY user_id FOR UPDATE
