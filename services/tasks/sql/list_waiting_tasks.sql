-- frame: task_page
-- The user's pending tasks, where few of them wait. None of them is held.
FROM lease_ready AS waiting JOIN task ON task.id = waiting.id LEFT JOIN lease_held AS held ON false
WHERE waiting.tenant = $11 AND state <> 1 AND status = 'pending'
