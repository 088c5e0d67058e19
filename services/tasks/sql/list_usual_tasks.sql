-- frame: task_page
-- Along all of the user's tasks: for a status that most of them have.
-- Those that run are left out in a form that no anti join comes of: it would give up the index's order.
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE user_id = $11 AND status = $12 AND coalesce(held.id, 0) < 1
