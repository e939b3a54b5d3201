-- Views for the operator's own reporting tools: `docs/guide/reports.md` tells every column. Names are those of the API, money is in
-- units of its currency, times are UTC. What is here keeps its name and meaning; new columns come at the end.

DROP VIEW report_balance;
DROP VIEW report_xdr;
DROP VIEW report_invoice;

CREATE VIEW report_customer AS
  SELECT s.customer_id AS id, c.number, c.name, c.email, c.phone, c.address, c.language, s.status, s.payment, s.currency,
         s.balance / 1000000.0 AS balance, s.credit_limit / 1000000.0 AS credit_limit, s.reserved / 1000000.0 AS reserved,
         (s.balance + s.credit_limit - s.reserved) / 1000000.0 AS available, s.owed / 1000000.0 AS owed,
         s.period_number, s.parent_id AS served_by, s.reseller, datetime(c.created_at / 1000000, 'unixepoch') AS created_at
  FROM customer_state s JOIN customer c ON c.partition = s.partition AND c.customer_id = s.customer_id;

CREATE VIEW report_account AS
  SELECT s.account_id AS id, s.customer_id AS customer, c.number AS customer_number, a.label, s.status, s.product_id,
         datetime(a.created_at / 1000000, 'unixepoch') AS created_at
  FROM account_state s
  JOIN customer c ON c.partition = s.partition AND c.customer_id = s.customer_id
  LEFT JOIN account a ON a.partition = s.partition AND a.account_id = s.account_id;

CREATE VIEW report_identifier AS
  SELECT i.realm, i.value, i.customer_id AS customer, i.account_id AS account
  FROM identifier i WHERE i.account_id <> 0;

CREATE VIEW report_device AS
  SELECT d.device_id AS id, d.customer_id AS customer, c.number AS customer_number, d.account_id AS account, d.kind, d.mac, d.serial,
         d.model, datetime(d.created_at / 1000000, 'unixepoch') AS created_at,
         datetime(d.removed_at / 1000000, 'unixepoch') AS removed_at
  FROM device d JOIN customer c ON c.partition = d.partition AND c.customer_id = d.customer_id;

CREATE VIEW report_session AS
  SELECT s.customer_id AS customer, c.number AS customer_number, s.account_id AS account, s.identifier, s.node,
         datetime(s.started_at / 1000000, 'unixepoch') AS started_at, datetime(s.last_at / 1000000, 'unixepoch') AS last_at,
         datetime(s.closed_at / 1000000, 'unixepoch') AS closed_at
  FROM session s JOIN customer c ON c.partition = s.partition AND c.customer_id = s.customer_id;

CREATE VIEW report_xdr AS
  SELECT x.xdr_id AS id, x.kind, x.customer_id AS customer, c.number AS customer_number, x.account_id AS account, x.service_id,
         x.product_id, x.period_number, datetime(x.started_at / 1000000, 'unixepoch') AS started_at,
         datetime(x.ended_at / 1000000, 'unixepoch') AS ended_at, datetime(x.posted_at / 1000000, 'unixepoch') AS posted_at,
         x.units, x.unit, x.destination, x.description, x.reference, x.amount / 1000000.0 AS amount, s.currency
  FROM xdr x
  JOIN customer c ON c.partition = x.partition AND c.customer_id = x.customer_id
  JOIN customer_state s ON s.partition = x.partition AND s.customer_id = x.customer_id;

CREATE VIEW report_ledger_entry AS
  SELECT l.entry_id AS id, l.customer_id AS customer, c.number AS customer_number, l.account_id AS account,
         datetime(l.at / 1000000, 'unixepoch') AS at, l.code, l.debit, l.credit, l.amount / 1000000.0 AS amount, s.currency,
         l.reference, l.note
  FROM ledger_entry l
  JOIN customer c ON c.partition = l.partition AND c.customer_id = l.customer_id
  JOIN customer_state s ON s.partition = l.partition AND s.customer_id = l.customer_id;

CREATE VIEW report_invoice AS
  SELECT i.invoice_id AS id, i.number, i.customer_id AS customer, c.number AS customer_number, c.name AS customer_name,
         i.period_number, datetime(i.period_start / 1000000, 'unixepoch') AS period_start,
         datetime(i.period_end / 1000000, 'unixepoch') AS period_end, datetime(i.issued_at / 1000000, 'unixepoch') AS issued_at,
         datetime(i.due_at / 1000000, 'unixepoch') AS due_at, i.currency, i.total / 1000000.0 AS total,
         CASE WHEN i.paid_at IS NULL THEN 'unpaid' ELSE 'paid' END AS status,
         datetime(i.paid_at / 1000000, 'unixepoch') AS paid_at
  FROM invoice i JOIN customer c ON c.partition = i.partition AND c.customer_id = i.customer_id;

CREATE VIEW report_event AS
  SELECT e.position AS position, e.customer_id AS customer, c.number AS customer_number, e.account_id AS account, e.kind,
         datetime(e.at / 1000000, 'unixepoch') AS at, e.detail
  FROM event e JOIN customer c ON c.partition = e.partition AND c.customer_id = e.customer_id;

CREATE VIEW report_delivery AS
  SELECT d.delivery_id AS id, d.connector, d.customer_id AS customer, d.account_id AS account, d.event_kind AS event, d.state,
         d.attempts, datetime(d.created_at / 1000000, 'unixepoch') AS created_at,
         datetime(d.finished_at / 1000000, 'unixepoch') AS finished_at, d.summary
  FROM delivery d;
