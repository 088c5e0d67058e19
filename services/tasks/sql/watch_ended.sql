-- For a watcher that comes back. No index knows when tasks ended, so it looks among the user's newest $3.
SELECT id, created_at FROM (
    SELECT id, created_at, completed_at FROM task WHERE user_id = $1
    ORDER BY created_at DESC, id DESC LIMIT $3
) AS newest
WHERE completed_at >= $2
ORDER BY completed_at DESC LIMIT $4
