-- Of closed partitions alone: the others are too young, and those that are over as a whole are dropped.
SELECT id FROM task
WHERE created_at < $1 AND completed_at < $1
  AND id < coalesce((SELECT max(end_id) FROM task_partition WHERE closed_at < $1), 0)
LIMIT $2
