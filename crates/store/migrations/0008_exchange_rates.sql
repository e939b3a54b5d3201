-- What currencies are worth, with who says so and who entered it. `quote` is decimal text: units of `currency` for one unit of
-- `base`, in force from `from_at` until a later one. A row never changes.
CREATE TABLE exchange_rate (
  base TEXT NOT NULL,
  currency TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  quote TEXT NOT NULL,
  source TEXT NOT NULL,
  entered_at INTEGER NOT NULL,
  entered_by TEXT NOT NULL,
  PRIMARY KEY (base, currency, from_at)
) WITHOUT ROWID;
