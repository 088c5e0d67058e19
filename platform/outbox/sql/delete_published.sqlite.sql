DELETE FROM outbox
WHERE id IN (SELECT value FROM json_each($1))
  AND EXISTS (SELECT 1 FROM outbox_epoch WHERE outbox_epoch.id = 1 AND epoch = $2)
