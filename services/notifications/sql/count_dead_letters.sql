SELECT (SELECT count(*) FROM (SELECT 1 FROM dead_notification LIMIT $1) AS notifications),
       (SELECT count(*) FROM (SELECT 1 FROM dead_event WHERE redriven_at IS NULL LIMIT $1) AS events)
