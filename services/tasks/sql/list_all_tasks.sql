-- frame: task_page
-- For administrators; $11 empty: any status.
FROM task LEFT JOIN lease_held AS held ON held.id = task.id
WHERE ($11 = '' OR CASE WHEN held.id IS NULL THEN status ELSE 'running' END = $11)
