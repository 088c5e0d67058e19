SELECT name, end_id FROM task_partition WHERE closed_at < $1 ORDER BY end_id LIMIT 100
