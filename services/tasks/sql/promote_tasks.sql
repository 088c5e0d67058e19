-- Their leases are claimable from now on.
UPDATE task SET status = 'pending', version = version + 1
WHERE id = ANY($1::bigint[]) AND status IN ('scheduled', 'retrying')
