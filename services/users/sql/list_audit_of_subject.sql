-- What was done to one user, newest first; $5 0: by anybody, $6 empty: anything.
SELECT entry_id, at, actor_id, client_id, action, subject_id, details, request_id
FROM audit_entry
WHERE subject_id = $4 AND (at, entry_id) < ($1, $2) AND ($5 = 0 OR actor_id = $5) AND ($6 = '' OR action = $6)
ORDER BY at DESC, entry_id DESC LIMIT $3
