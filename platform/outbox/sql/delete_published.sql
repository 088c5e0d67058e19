-- Not waiting for the disk: rows that come back after a crash are published again, and consumers know them by id.
WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS set)
DELETE FROM outbox
WHERE id = ANY($1::bigint[])
  AND EXISTS (SELECT 1 FROM outbox_epoch WHERE outbox_epoch.id = 1 AND epoch = $2)
  AND EXISTS (SELECT 1 FROM unhurried WHERE set = 'off')
