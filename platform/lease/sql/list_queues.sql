-- Every queue that has work or settings of its own.
WITH waiting AS (SELECT queue AS name, count(*) AS items FROM lease_ready GROUP BY queue),
held AS (SELECT queue AS name, count(*) AS items FROM lease_held GROUP BY queue),
named AS (SELECT name FROM waiting UNION SELECT name FROM held UNION SELECT name FROM lease_queue)
SELECT
    named.name, coalesce(set_for.paused, false), set_for.concurrency_max, set_for.rate_per_minute,
    coalesce(waiting.items, 0), coalesce(held.items, 0)
FROM named
LEFT JOIN lease_queue AS set_for ON set_for.name = named.name
LEFT JOIN waiting ON waiting.name = named.name
LEFT JOIN held ON held.name = named.name
WHERE $1 = '' OR named.name = $1
ORDER BY named.name
LIMIT 1000
