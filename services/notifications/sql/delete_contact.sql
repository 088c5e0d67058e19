DELETE FROM contact WHERE user_id = $1
