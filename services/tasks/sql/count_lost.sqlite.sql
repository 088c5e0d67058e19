SELECT task_id, count(*) FROM task_attempt
WHERE task_id IN (SELECT value FROM json_each($1)) AND outcome = 'lost' GROUP BY task_id
