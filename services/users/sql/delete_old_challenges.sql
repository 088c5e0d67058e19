DELETE FROM email_challenge WHERE challenge_id IN (
    SELECT challenge_id FROM email_challenge WHERE expires_at < $1 LIMIT $2
)
