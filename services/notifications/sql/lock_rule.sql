SELECT version, body FROM rule WHERE event_type = $1 FOR UPDATE
