-- Only what every group of its topic has read; a topic that no group reads goes by age alone.
DELETE FROM log_event
WHERE position IN (
    SELECT position FROM log_event AS old
    WHERE old.created_at < $1
      AND old.position <= coalesce(
          (SELECT min(log_offset.position) FROM log_offset WHERE log_offset.topic = old.topic), old.position
      )
    ORDER BY old.created_at
    LIMIT 500
)
