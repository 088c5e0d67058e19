-- Payloads are cut at $4 characters. A page ends before the row that would carry it past $6 characters; the
-- last column counts what it might have held.
SELECT dead_event_id, topic, place, event_id, event_type, event_key, user_id, headers, payload, encoding,
       reason, version, created_at, found
FROM (
    SELECT page.*, count(*) OVER () AS found,
           sum(length(headers) + length(payload)) OVER (ORDER BY dead_event_id DESC) AS size
    FROM (
        SELECT dead_event_id, topic, place, event_id, event_type, event_key, user_id, headers,
               substr(payload, 1, $4) AS payload, encoding, reason, version, created_at
        FROM dead_event
        WHERE redriven_at IS NULL AND dead_event_id < $1 AND ($2 = '' OR topic = $2)
          AND ($3 = '' OR event_type = $3)
        ORDER BY dead_event_id DESC LIMIT $5
    ) AS page
) AS sized
WHERE size - length(headers) - length(payload) < $6
ORDER BY dead_event_id DESC
