-- What one user did, newest first; $5 empty: anything.
SELECT entry_id, at, actor_id, client_id, action, subject_id, details, request_id
FROM audit_entry
WHERE actor_id = $4 AND (at, entry_id) < ($1, $2) AND ($5 = '' OR action = $5)
ORDER BY at DESC, entry_id DESC LIMIT $3
