-- Ids left in the partitions that there are, and how many were given out since $1.
SELECT
    (SELECT max(end_id) FROM task_partition) - coalesce((SELECT next FROM id_block WHERE name = 'task'), 1000),
    coalesce((SELECT next FROM id_block WHERE name = 'task'), 1000)
        - coalesce((SELECT max(end_id) FROM task_partition WHERE closed_at <= $1), 0)
