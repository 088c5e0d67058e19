-- :logins accounts login1, login2, … with the password of the account "bench".
INSERT INTO account (
    user_id, username, username_key, email, email_key, password_hash, first_name, last_name, email_verified, roles,
    version, created_at, updated_at
)
SELECT 1000000 + i, 'login' || i, 'login' || i, address, address, of.password_hash, 'Ada', 'Lovelace', true, 'user',
       1, of.created_at, of.updated_at
FROM account of, generate_series(1, :logins) AS i, LATERAL (SELECT 'login' || i || '@example.org' AS address) AS made
WHERE of.username = 'bench';
