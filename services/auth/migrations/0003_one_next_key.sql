-- Of rotations at the same time one makes the next key.
CREATE UNIQUE INDEX signing_key_one_published ON signing_key (state) WHERE state = 'published';
