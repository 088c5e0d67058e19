-- frame: task_page
-- Those that a worker holds; $11 null: of all users.
FROM lease_held AS held JOIN task ON task.id = held.id
WHERE (CAST($11 AS bigint) IS NULL OR held.tenant = $11)
