-- One writer at a time: the transaction itself is the lock.
SELECT key_id, state, activate_at, remove_after FROM signing_key ORDER BY key_id
