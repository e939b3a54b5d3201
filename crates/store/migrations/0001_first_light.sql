-- Rows that the engine owns. Every table that grows has `partition` first in its key; instants are microseconds UTC; money is millionths.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

-- An engine may commit for a partition only under the current epoch.
CREATE TABLE partition (partition INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);

-- Redo log: one row per batch of an engine thread, folded into the tables below and then deleted. One process owns all
-- partitions of this database, so a batch needs no row per partition here. Ids are given by the writing thread, ascending.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  payload BLOB NOT NULL
);

CREATE TABLE customer_state (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  status TEXT NOT NULL,
  payment TEXT NOT NULL,
  currency TEXT NOT NULL,
  balance INTEGER NOT NULL,
  credit_limit INTEGER,
  reserved INTEGER NOT NULL,
  owed INTEGER NOT NULL,
  period_number INTEGER NOT NULL,
  next_due INTEGER,
  image BLOB NOT NULL,
  PRIMARY KEY (partition, customer_id)
) WITHOUT ROWID;
CREATE INDEX customer_state_due ON customer_state (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE account_state (
  partition INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  product_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  image BLOB NOT NULL,
  PRIMARY KEY (partition, account_id)
) WITHOUT ROWID;

CREATE TABLE session (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  session_key BLOB NOT NULL,
  account_id INTEGER NOT NULL,
  node TEXT NOT NULL,
  identifier TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  closed_at INTEGER,
  image BLOB NOT NULL,
  PRIMARY KEY (partition, customer_id, session_key)
) WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at) WHERE closed_at IS NULL;
CREATE INDEX session_closed ON session (closed_at) WHERE closed_at IS NOT NULL;
-- Every open session of a node that restarts.
CREATE INDEX session_node ON session (node, customer_id, session_key) WHERE closed_at IS NULL;

CREATE TABLE applied (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  until INTEGER NOT NULL,
  image BLOB NOT NULL,
  PRIMARY KEY (partition, customer_id, key)
) WITHOUT ROWID;
CREATE INDEX applied_until ON applied (until);

-- Row ids carry their customer in bits 32..63, so a range of ids is a customer's history in order.
CREATE TABLE xdr (
  partition INTEGER NOT NULL,
  xdr_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER,
  kind TEXT NOT NULL,
  service_id INTEGER,
  product_id INTEGER,
  period_number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  units INTEGER NOT NULL,
  unit TEXT,
  destination TEXT NOT NULL,
  description TEXT NOT NULL,
  reference TEXT,
  amount INTEGER NOT NULL,
  explanation TEXT NOT NULL,
  PRIMARY KEY (partition, xdr_id)
) WITHOUT ROWID;
CREATE INDEX xdr_reference ON xdr (partition, customer_id, reference) WHERE kind = 'event' AND reference IS NOT NULL;
CREATE INDEX xdr_posted ON xdr (posted_at);

CREATE TABLE ledger_entry (
  partition INTEGER NOT NULL,
  entry_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  code TEXT NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL,
  reference INTEGER,
  note TEXT NOT NULL,
  PRIMARY KEY (partition, entry_id)
) WITHOUT ROWID;
-- Covers the sums of a day, so that they need no look at the rows.
CREATE INDEX ledger_entry_at ON ledger_entry (at, code, amount);

CREATE TABLE event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  partition INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL
);
CREATE UNIQUE INDEX event_once ON event (partition, event_id);

-- Plain records. Those of a customer ride in engine commands as opaque images.

CREATE TABLE customer (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  address TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (partition, customer_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX customer_number ON customer (number);
CREATE INDEX customer_name ON customer (name COLLATE NOCASE);
CREATE INDEX customer_email ON customer (email COLLATE NOCASE) WHERE email <> '';
CREATE INDEX customer_phone ON customer (phone) WHERE phone <> '';

CREATE TABLE account (
  partition INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  label TEXT NOT NULL,
  password BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (partition, account_id)
) WITHOUT ROWID;
CREATE INDEX account_label ON account (label COLLATE NOCASE) WHERE label <> '';

-- (realm, value) finds an account. account_id 0 = claimed for a customer that is being signed up.
CREATE TABLE identifier (
  realm TEXT NOT NULL,
  value TEXT NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  PRIMARY KEY (realm, value)
) WITHOUT ROWID;
CREATE INDEX identifier_account ON identifier (account_id);
CREATE INDEX identifier_value ON identifier (value);

CREATE TABLE device (
  partition INTEGER NOT NULL,
  device_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  mac TEXT NOT NULL,
  serial TEXT NOT NULL,
  model TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  removed_at INTEGER,
  PRIMARY KEY (partition, device_id)
) WITHOUT ROWID;
CREATE INDEX device_customer ON device (customer_id);
CREATE INDEX device_mac ON device (mac) WHERE mac <> '';
CREATE INDEX device_serial ON device (serial) WHERE serial <> '';

CREATE TABLE note (
  partition INTEGER NOT NULL,
  note_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  author TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (partition, note_id)
) WITHOUT ROWID;

CREATE TABLE invoice (
  partition INTEGER NOT NULL,
  invoice_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  number TEXT NOT NULL,
  period_number INTEGER NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  currency TEXT NOT NULL,
  total INTEGER NOT NULL,
  document TEXT NOT NULL,
  pdf BLOB,
  paid_at INTEGER,
  PRIMARY KEY (partition, invoice_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_number ON invoice (number);
CREATE UNIQUE INDEX invoice_period ON invoice (partition, customer_id, period_number);
CREATE INDEX invoice_issued ON invoice (issued_at, invoice_id);
CREATE INDEX invoice_unpaid ON invoice (due_at, invoice_id, total) WHERE paid_at IS NULL;

-- Closed billing periods. What is closed and not yet invoiced is found by `settled`; the invoice number is bound to the period
-- before the invoice is posted, so that a retry takes no second number.
CREATE TABLE billing_period (
  partition INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  period_number INTEGER NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  rows_before INTEGER NOT NULL,
  invoice_number TEXT,
  settled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (partition, customer_id, period_number)
) WITHOUT ROWID;
CREATE INDEX billing_period_open ON billing_period (closed_at, customer_id) WHERE settled = 0;

-- The office's own records.

CREATE TABLE catalog_version (
  version INTEGER PRIMARY KEY,
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  comment TEXT NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE staff_user (
  user_id INTEGER PRIMARY KEY AUTOINCREMENT,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change INTEGER NOT NULL DEFAULT 0,
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);

-- A subscriber's way into the self-care portal.
CREATE TABLE subscriber_login (
  login TEXT PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX subscriber_login_customer ON subscriber_login (customer_id);

-- Signed-in browsers of both portals; the token itself is never stored.
CREATE TABLE web_session (
  token_hash BLOB PRIMARY KEY,
  portal TEXT NOT NULL,
  subject INTEGER NOT NULL,
  login TEXT NOT NULL,
  opened_by TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX web_session_subject ON web_session (portal, subject);
CREATE INDEX web_session_expiry ON web_session (expires_at);

CREATE TABLE api_token (
  token_hash BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;

-- Requests that make a customer: the number that was set aside for an Idempotency-Key.
CREATE TABLE signup_claim (
  key TEXT PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  customer_id INTEGER,
  object TEXT NOT NULL,
  detail TEXT NOT NULL
);
-- A replayed journal row must not write its audit line twice.
CREATE UNIQUE INDEX audit_once ON audit (at, actor, action, object, detail);
CREATE INDEX audit_customer ON audit (customer_id, position) WHERE customer_id IS NOT NULL;

CREATE TABLE node (
  node_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  protocol TEXT NOT NULL,
  address TEXT NOT NULL,
  profile TEXT NOT NULL,
  secret BLOB,
  settings TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
);

-- Sums of days that are over; today's are computed when asked for.
CREATE TABLE day_figures (
  day INTEGER PRIMARY KEY,
  charged INTEGER NOT NULL,
  paid INTEGER NOT NULL,
  records INTEGER NOT NULL
);

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL, secret INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

-- Provisioning.

-- `cursor` is the position of the last event whose deliveries are made; none before the connector was first enabled.
CREATE TABLE connector (
  name TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  settings BLOB NOT NULL,
  cursor INTEGER,
  state TEXT NOT NULL DEFAULT 'ok',
  state_detail TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- `event_kind` is the event's name, or `resync` (then without a position). `next_at` of a delivery in flight is the end of its lease.
-- `finished_at` is empty as long as somebody or something still has work with it: pending, in_flight, dead.
CREATE TABLE delivery (
  delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
  connector TEXT NOT NULL,
  customer_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  event_position INTEGER,
  event_kind TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  superseded_by INTEGER,
  summary TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX delivery_once ON delivery (connector, event_position, account_id);
CREATE INDEX delivery_due ON delivery (connector, state, next_at, delivery_id) WHERE finished_at IS NULL;
CREATE INDEX delivery_open ON delivery (connector, account_id, delivery_id) WHERE finished_at IS NULL;
CREATE INDEX delivery_state ON delivery (state, delivery_id);
CREATE INDEX delivery_account ON delivery (account_id, delivery_id);
CREATE INDEX delivery_customer ON delivery (customer_id, delivery_id);

-- What was tried: one JSON object with the exact requests and answers, secrets masked.
CREATE TABLE delivery_attempt (
  delivery_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);

-- Values an outside system gave back, by connector and account.
CREATE TABLE external_value (
  connector TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (connector, account_id, name)
) WITHOUT ROWID;

-- Mediation.

CREATE TABLE import_file (
  file_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  octets INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  finished_at INTEGER,
  charged INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX import_file_content ON import_file (content_hash);

CREATE TABLE import_record (
  file_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  reference TEXT NOT NULL,
  xdr_id INTEGER,
  raw TEXT NOT NULL,
  PRIMARY KEY (file_id, line)
) WITHOUT ROWID;
CREATE INDEX import_record_outcome ON import_record (outcome, file_id, line);

-- Readable views for people and reporting tools.

CREATE VIEW report_balance AS
  SELECT c.number AS customer_number, c.name, s.status, s.currency, s.balance / 1000000.0 AS balance,
         s.credit_limit / 1000000.0 AS credit_limit, s.reserved / 1000000.0 AS reserved, s.owed / 1000000.0 AS owed
  FROM customer_state s JOIN customer c ON c.partition = s.partition AND c.customer_id = s.customer_id;

CREATE VIEW report_xdr AS
  SELECT x.xdr_id, c.number AS customer_number, c.name, x.kind, x.description, x.destination, x.units, x.unit,
         x.amount / 1000000.0 AS amount, datetime(x.started_at / 1000000, 'unixepoch') AS started_utc,
         datetime(x.posted_at / 1000000, 'unixepoch') AS posted_utc
  FROM xdr x JOIN customer c ON c.partition = x.partition AND c.customer_id = x.customer_id;

CREATE VIEW report_invoice AS
  SELECT i.number, c.number AS customer_number, c.name, i.currency, i.total / 1000000.0 AS total,
         datetime(i.issued_at / 1000000, 'unixepoch') AS issued_utc, datetime(i.due_at / 1000000, 'unixepoch') AS due_utc,
         CASE WHEN i.paid_at IS NULL THEN 'unpaid' ELSE 'paid' END AS status
  FROM invoice i JOIN customer c ON c.partition = i.partition AND c.customer_id = i.customer_id;
