UPDATE lease_held SET cancel_requested = true WHERE id = $1 RETURNING id
