DELETE FROM early_report WHERE channel = $1 AND provider_id = ANY($2::text[])
