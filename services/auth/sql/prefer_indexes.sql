-- For this transaction: a plan made while the tables were small reads them whole, and is kept until they are analysed;
-- by then each batch may read a hundred thousand tokens for its thirty.
SET LOCAL enable_seqscan = off
