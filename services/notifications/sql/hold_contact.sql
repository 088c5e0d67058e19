-- Locks the contact, known or not, until the transaction ends.
INSERT INTO contact (user_id, version) VALUES ($1, 0)
ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
RETURNING email
