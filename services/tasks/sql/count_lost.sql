-- How often each of the tasks lost its worker.
SELECT task_id, count(*) FROM task_attempt WHERE task_id = ANY($1::bigint[]) AND outcome = 'lost' GROUP BY task_id
