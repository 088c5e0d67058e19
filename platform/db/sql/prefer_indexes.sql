-- For a connection's life (docs/adr/0017): a plan outlives the size its tables had, and one made while they were nearly
-- empty would read all of them ever after.
SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)
