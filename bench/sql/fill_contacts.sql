-- The people that the task events of fill_task_events.sql are about.
INSERT INTO contact (user_id, version, email, username, first_name, updated_at)
SELECT id, 1, 'user' || id || '@example.org', 'user' || id, 'User', 0 FROM generate_series(1000, 1999) AS id
ON CONFLICT DO NOTHING
