UPDATE lease_held
SET cancel_requested = true, changes = changes + CASE WHEN cancel_requested THEN 0 ELSE 1 END
WHERE id = $1
RETURNING id
