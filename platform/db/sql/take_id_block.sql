-- Takes $3 ids of sequence $1, which starts at $2; answers the first of them.
INSERT INTO id_block (name, next)
VALUES ($1, CAST($2 AS bigint) + CAST($3 AS bigint))
ON CONFLICT (name) DO UPDATE SET next = id_block.next + CAST($3 AS bigint)
RETURNING next - CAST($3 AS bigint);
