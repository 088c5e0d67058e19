-- The next free id of each sequence that id_block hands out in blocks.
CREATE TABLE id_block (
    name text PRIMARY KEY,
    next bigint NOT NULL
);
