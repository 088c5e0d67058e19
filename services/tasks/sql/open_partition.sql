-- The partition that the ids stand in was begun today ($1, days since 1970), unless it is known to be older.
UPDATE task_partition SET begun_day = $1
WHERE begun_day = 0 AND first_id <= coalesce((SELECT next FROM id_block WHERE name = 'task'), 1000)
