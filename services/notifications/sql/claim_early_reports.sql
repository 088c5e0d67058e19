-- Of messages that are being written down: what was told of each before, or nothing ('') at a new place, which keeps
-- a report out that comes at this moment until the message can be found.
INSERT INTO early_report (channel, provider_id, became, why, recipient_gone, received_at)
SELECT DISTINCT $1, id, '', '', false, 0 FROM unnest($2::text[]) AS given (id) ORDER BY id
ON CONFLICT (channel, provider_id) DO UPDATE SET received_at = early_report.received_at
RETURNING provider_id, became, why, recipient_gone
