SELECT 1 FROM webhook WHERE disabled_reason IS NULL LIMIT 1
