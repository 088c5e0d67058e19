SELECT key_id, state, activate_at, remove_after FROM signing_key ORDER BY key_id FOR UPDATE
