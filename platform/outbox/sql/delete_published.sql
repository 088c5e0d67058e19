DELETE FROM outbox
WHERE id = ANY($1::bigint[]) AND EXISTS (SELECT 1 FROM outbox_epoch WHERE outbox_epoch.id = 1 AND epoch = $2)
