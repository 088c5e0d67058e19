SELECT count(*) FROM rule
