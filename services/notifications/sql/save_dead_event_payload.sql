UPDATE dead_event SET payload = $2, encoding = 'utf-8', user_id = $3, version = version + 1
WHERE dead_event_id = $1
