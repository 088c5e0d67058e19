SELECT topic, position FROM log_offset WHERE group_name = $1
