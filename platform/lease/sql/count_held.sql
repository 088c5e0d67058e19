SELECT count(*) FROM lease_held WHERE queue = $1
