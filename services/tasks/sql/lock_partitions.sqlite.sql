-- The write transaction is the lock.
SELECT 1
