-- Events are found by partition; their order over all partitions is an index beside it. Positions are given by the thread that writes
-- them, no more by the database: a number that a database counts is one for all partitions.
DROP VIEW report_event;
ALTER TABLE event RENAME TO event_before;
CREATE TABLE event (
  partition INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (partition, event_id)
) WITHOUT ROWID;
INSERT INTO event (partition, event_id, position, customer_id, account_id, kind, at, detail)
  SELECT partition, event_id, position, customer_id, account_id, kind, at, detail FROM event_before ORDER BY partition, event_id;
DROP TABLE event_before;
CREATE INDEX event_position ON event (position);
CREATE VIEW report_event AS
  SELECT e.position AS position, e.customer_id AS customer, c.number AS customer_number, e.account_id AS account, e.kind,
         datetime(e.at / 1000000, 'unixepoch') AS at, e.detail
  FROM event e JOIN customer c ON c.partition = e.partition AND c.customer_id = e.customer_id;
