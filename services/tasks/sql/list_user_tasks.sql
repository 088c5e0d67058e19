-- frame: task_page
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE user_id = $11
