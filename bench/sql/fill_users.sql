-- A million accounts that registered a second apart: every ten-thousandth is locked, every hundred-thousandth an
-- administrator. Half of the addresses begin as their usernames do.
INSERT INTO account (
    user_id, username, username_key, email, email_key, password_hash, first_name, last_name, email_verified, roles,
    version, created_at, updated_at, state
)
SELECT 1000000 + i, 'user' || i, 'user' || i, address, address, 'none', 'Ada', 'Lovelace', true,
       CASE WHEN i % 100000 = 0 THEN 'user admin' ELSE 'user' END, 1,
       1600000000000000 + i * 1000000, 1600000000000000 + i * 1000000,
       CASE WHEN i % 10000 = 1 THEN 'locked' ELSE 'active' END
FROM generate_series(1::bigint, 1000000) AS i,
     LATERAL (SELECT CASE WHEN i % 2 = 0 THEN 'user' ELSE 'mail' END || i || '@example.org' AS address) AS made;
