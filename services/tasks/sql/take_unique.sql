-- Answers nothing where the key is taken.
INSERT INTO task_unique (user_id, unique_key, task_id) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING task_id
