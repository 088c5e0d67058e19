UPDATE api_key SET revoked_at = $3
WHERE user_id = $1 AND credential_epoch < $2 AND revoked_at IS NULL AND expires_at > $3
RETURNING api_key_id
