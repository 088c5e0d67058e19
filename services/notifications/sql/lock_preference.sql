-- Locks the user's wishes, stored or not, until the transaction ends; it saves them or is rolled back.
INSERT INTO preference (user_id, version, body, updated_at) VALUES ($1, 0, '{}', $2)
ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
RETURNING version, body, updated_at
