-- Newest first, from the place ($1, $2) on.
SELECT entry_id, at, actor_id, client_id, action, subject_id, details, request_id
FROM audit_entry
WHERE (at, entry_id) < ($1, $2)
ORDER BY at DESC, entry_id DESC LIMIT $3
