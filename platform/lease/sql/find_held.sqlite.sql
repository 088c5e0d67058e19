SELECT id, cancel_requested, false FROM lease_held
WHERE (id, token) IN (
    SELECT ids.value, tokens.value
    FROM json_each($1) AS ids JOIN json_each($2) AS tokens ON tokens.key = ids.key
)
