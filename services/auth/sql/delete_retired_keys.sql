DELETE FROM signing_key WHERE state = 'retired' AND remove_after < $1
