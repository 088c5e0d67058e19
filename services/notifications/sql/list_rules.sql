SELECT event_type, version, body FROM rule WHERE body IS NOT NULL ORDER BY event_type
