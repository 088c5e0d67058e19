INSERT INTO audit_entry (entry_id, at, actor_id, client_id, action, subject_id, details, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
