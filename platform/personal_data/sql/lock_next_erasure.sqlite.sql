-- The write transaction is the lock.
SELECT user_id, erased_at FROM erased_user WHERE open AND user_id > $1 ORDER BY user_id LIMIT 1
