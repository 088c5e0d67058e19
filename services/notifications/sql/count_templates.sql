SELECT count(*) FROM (SELECT DISTINCT event_type, channel, locale FROM template) AS known
