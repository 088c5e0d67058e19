SELECT version, body FROM rule WHERE event_type = $1
