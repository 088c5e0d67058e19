-- One writer at a time: the transaction itself is the lock.
SELECT user_id FROM account WHERE ' ' || roles || ' ' LIKE '% admin %' AND state = 'active' ORDER BY user_id
