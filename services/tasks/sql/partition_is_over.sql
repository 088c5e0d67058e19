SELECT task_partition_is_over($1, $2)
