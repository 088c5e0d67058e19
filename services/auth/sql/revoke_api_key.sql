UPDATE api_key SET revoked_at = $3
WHERE api_key_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
RETURNING username
