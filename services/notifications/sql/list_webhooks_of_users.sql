SELECT webhook_id, user_id, everyone, event_types FROM webhook
WHERE (user_id = ANY($1::bigint[]) OR everyone) AND disabled_reason IS NULL ORDER BY webhook_id
