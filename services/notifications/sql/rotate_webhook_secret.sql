UPDATE webhook SET previous_secret = secret, previous_until = $3, secret = $2, version = version + 1
WHERE webhook_id = $1
