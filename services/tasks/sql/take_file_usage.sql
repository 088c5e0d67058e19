-- No row comes back where it would be more than $3.
INSERT INTO file_usage (user_id, bytes) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET bytes = file_usage.bytes + excluded.bytes
    WHERE file_usage.bytes + excluded.bytes <= $3
RETURNING bytes
