-- Vouchers come in batches of the same worth. Of a code only its keyed digest is kept.
CREATE TABLE voucher_batch (
  batch_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- Who asked for it under which key, so that a request that is repeated makes no second batch.
  request TEXT,
  fingerprint INTEGER NOT NULL DEFAULT 0,
  -- NULL = being made, or left behind by a crash: nobody has the codes.
  made_at INTEGER,
  -- How many of its vouchers are in which state.
  free INTEGER NOT NULL DEFAULT 0,
  claimed INTEGER NOT NULL DEFAULT 0,
  redeemed INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX voucher_batch_request ON voucher_batch (request) WHERE request IS NOT NULL;
CREATE INDEX voucher_batch_unfinished ON voucher_batch (batch_id) WHERE made_at IS NULL;

CREATE TABLE voucher (
  digest TEXT NOT NULL PRIMARY KEY,
  batch_id INTEGER NOT NULL,
  claims INTEGER NOT NULL DEFAULT 0,
  -- free, claimed, redeemed, revoked.
  state TEXT NOT NULL DEFAULT 'free',
  -- Who claimed or redeemed it, and for which account's own balance.
  customer_id INTEGER,
  account_id INTEGER,
  -- The credit in the ledger.
  entry_id INTEGER,
  -- Claimed, redeemed or revoked then.
  changed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX voucher_of_batch ON voucher (batch_id, state);
CREATE INDEX voucher_claimed ON voucher (changed_at) WHERE state = 'claimed';
