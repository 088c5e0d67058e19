SELECT task_drop_partition($1)
