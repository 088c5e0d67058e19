-- Whoever opens a session and whoever ends them by an event wait for each other here.
INSERT INTO user_epoch AS e (user_id, credential_epoch) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET credential_epoch = CASE
    WHEN excluded.credential_epoch > e.credential_epoch THEN excluded.credential_epoch
    ELSE e.credential_epoch
END
RETURNING credential_epoch
