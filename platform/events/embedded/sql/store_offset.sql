INSERT INTO log_offset (group_name, topic, position)
VALUES ($1, $2, $3)
ON CONFLICT (group_name, topic) DO UPDATE SET position = excluded.position
