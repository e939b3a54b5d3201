-- Events are found by partition; their order over all partitions is an index beside it. Positions are given by the thread that writes
-- them, no more by the database: a number that a database counts is one for all partitions.
ALTER TABLE event ALTER COLUMN position DROP IDENTITY;
ALTER TABLE event DROP CONSTRAINT event_pkey;
DROP INDEX event_once;
ALTER TABLE event ADD PRIMARY KEY (partition, event_id);
CREATE INDEX event_position ON event (position);

-- A journal record belongs to the partition under whose epoch it was written: the first one that its owner has.
ALTER TABLE journal_0 ADD COLUMN partition BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journal_0 DROP CONSTRAINT journal_0_pkey;
ALTER TABLE journal_0 ADD PRIMARY KEY (partition, id);
ALTER TABLE journal_1 ADD COLUMN partition BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journal_1 DROP CONSTRAINT journal_1_pkey;
ALTER TABLE journal_1 ADD PRIMARY KEY (partition, id);

-- It is compressed already.
ALTER TABLE catalog_part ALTER COLUMN octets SET STORAGE EXTERNAL;
