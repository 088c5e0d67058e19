-- A dead event as dead_letters/store reads it. A statement in this frame says which.
SELECT dead_event_id, topic, place, event_id, event_type, event_key, user_id, headers, payload, encoding,
       reason, version, created_at
FROM dead_event
:rows
