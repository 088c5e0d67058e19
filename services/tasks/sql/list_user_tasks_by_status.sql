-- frame: task_page
-- By the index on user, status and age: not for tasks that are pending, run or completed.
-- Those that run are left out in a form that no anti join comes of: it would give up the index's order.
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE user_id = $11 AND indexed_status = $12 AND coalesce(held.id, 0) < 1
