SELECT t.event_type, t.channel, t.locale, t.version
FROM template AS t
JOIN (
    SELECT event_type, channel, locale, max(version) AS version FROM template GROUP BY event_type, channel, locale
) AS latest
  ON latest.event_type = t.event_type AND latest.channel = t.channel AND latest.locale = t.locale
 AND latest.version = t.version
WHERE t.parts IS NOT NULL
ORDER BY t.event_type, t.channel, t.locale
