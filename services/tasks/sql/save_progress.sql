-- Only the attempt that runs now may; no row comes back to any other.
UPDATE task SET progress = $3, version = version + 1
WHERE id = $1 AND attempt = $2 AND status = 'running'
RETURNING cancel_requested
