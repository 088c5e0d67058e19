-- Marks what others wait for, in order of id; those that have ended say so.
UPDATE task SET followed = true WHERE id = $1 RETURNING id, user_id, status
