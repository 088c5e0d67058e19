DELETE FROM suppression WHERE channel = $1 AND address = $2 RETURNING until
