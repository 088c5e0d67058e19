-- Unless the message is known. At its place it waits for a transaction that is writing the message down
-- (claim_early_reports).
INSERT INTO early_report (channel, provider_id, became, why, recipient_gone, received_at)
SELECT $1, $2, $3, $4, $5, $6
WHERE NOT EXISTS (SELECT 1 FROM notification AS n WHERE n.provider_id = $2 AND n.channel = $1)
ON CONFLICT (channel, provider_id) DO NOTHING
