SELECT task_add_partition($1)
