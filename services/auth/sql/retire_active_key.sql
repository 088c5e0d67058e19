UPDATE signing_key SET state = 'retired', remove_after = $1 WHERE state = 'active'
