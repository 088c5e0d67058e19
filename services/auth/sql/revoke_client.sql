UPDATE oauth_client SET revoked_at = $2, version = version + 1 WHERE client_id = $1 AND revoked_at IS NULL
RETURNING version
