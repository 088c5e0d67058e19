-- No row: the attempt is over.
SELECT cancel_requested FROM task WHERE id = $1 AND attempt = $2 AND status = 'running'
