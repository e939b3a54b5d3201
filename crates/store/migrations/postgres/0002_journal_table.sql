-- On PostgreSQL the journal is two tables that are written in turns: one whose records are all in the tables is emptied at once, so no
-- dead rows pile up and nothing has to be cleaned behind it. Records are written as they are, without an attempt to compress them.
CREATE TABLE journal_0 (id BIGINT PRIMARY KEY, epoch BIGINT NOT NULL, payload BYTEA NOT NULL);
ALTER TABLE journal_0 ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE TABLE journal_1 (LIKE journal_0 INCLUDING ALL);

-- Which start of which process owns the partitions: after a lost connection it knows itself by it.
ALTER TABLE partition ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Rows that change often, mostly where no index looks: with room beside them they are written in place.
ALTER TABLE customer_state SET (fillfactor = 60);
ALTER TABLE account_state SET (fillfactor = 60);
ALTER TABLE session SET (fillfactor = 60);
