SELECT webhook_id, user_id, everyone, event_types FROM webhook
WHERE (user_id IN (SELECT value FROM json_each($1)) OR everyone) AND disabled_reason IS NULL ORDER BY webhook_id
