-- Closes the partition that the ids stand in when it was begun on another day than $1 (days since 1970), and moves the ids to
-- the next one. Answers the first id of the new day where it did.
WITH current AS (
    SELECT part.end_id, part.first_id, ids.next
    FROM id_block AS ids
    JOIN task_partition AS part ON ids.next > part.first_id AND ids.next < part.end_id
    WHERE ids.name = 'task' AND part.begun_day > 0 AND part.begun_day < $1
),
closed AS (
    UPDATE task_partition SET closed_at = $1 * 86400000000
    WHERE closed_at IS NULL AND end_id <= (SELECT end_id FROM current)
),
begun AS (
    UPDATE task_partition SET begun_day = $1 WHERE first_id = (SELECT end_id FROM current)
)
UPDATE id_block SET next = current.end_id
FROM current
WHERE id_block.name = 'task' AND id_block.next = current.next
RETURNING id_block.next
