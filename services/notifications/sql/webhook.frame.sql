-- An endpoint as endpoint_store reads it. A statement in this frame says where from.
SELECT webhook_id, user_id, version, url, event_types, description, everyone, disabled_reason, previous_until, created_at
FROM webhook
:rows
