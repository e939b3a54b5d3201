-- Messages between resellers and those they serve that were not taken yet, with their sender. What the receiver refused for good
-- is parked until somebody has mended the cause.
CREATE TABLE relay (
  partition INTEGER NOT NULL,
  relay_id INTEGER NOT NULL,
  to_customer INTEGER NOT NULL,
  image BLOB NOT NULL,
  parked_at INTEGER,
  reason TEXT,
  PRIMARY KEY (partition, relay_id, to_customer)
) WITHOUT ROWID;
CREATE INDEX relay_parked ON relay (parked_at) WHERE parked_at IS NOT NULL;

-- Resellers who have something to tell those they serve, and up to which customer they have told it.
CREATE TABLE standing_due (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  announced INTEGER NOT NULL,
  told_upto INTEGER NOT NULL,
  PRIMARY KEY (partition, customer_id)
) WITHOUT ROWID;

-- Who serves a customer, and whether he is a reseller himself.
ALTER TABLE customer_state ADD COLUMN parent_id INTEGER;
ALTER TABLE customer_state ADD COLUMN reseller INTEGER NOT NULL DEFAULT 0;
CREATE INDEX customer_state_parent ON customer_state (parent_id, customer_id) WHERE parent_id IS NOT NULL;
CREATE INDEX customer_state_reseller ON customer_state (customer_id) WHERE reseller = 1;

-- A reseller's charge for the use that a record of his customer is about.
CREATE INDEX xdr_origin ON xdr (partition, customer_id, reference) WHERE kind = 'wholesale';
