-- Reratings that are booked, by name. `terms` is JSON: what is priced anew, and how. `cursor` is (customer, record) behind which
-- booking goes on; what was booked is counted from the corrections themselves.
CREATE TABLE rerating (
  name TEXT PRIMARY KEY,
  terms TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  begun_by TEXT NOT NULL,
  cursor TEXT NOT NULL DEFAULT '',
  refused INTEGER NOT NULL DEFAULT 0,
  finished_at INTEGER
) WITHOUT ROWID;
