INSERT INTO file_garbage (store_key, due_at) VALUES ($1, $2)
ON CONFLICT (store_key) DO UPDATE SET due_at = excluded.due_at
