DELETE FROM mfa_challenge WHERE challenge_hash IN (
    SELECT challenge_hash FROM mfa_challenge WHERE expires_at < $1 LIMIT $2
)
