UPDATE session SET last_used_at = used.at
FROM unnest($1::text[], $2::bigint[]) AS used(session_id, at)
WHERE session.session_id = used.session_id
