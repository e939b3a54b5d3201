//! Folding: writing row images into the tables. Doing it twice gives the same tables.

use crate::db::{Transaction, params};
use crate::event_order::EventOrder;
use crate::image::{self, RowKey};
use crate::{Partition, Record, StoreError, relays};
use charging::{
    Account, Counts, CustomerId, CustomerStatus, Event, EventKind, Head, Payment, Session, SessionKey, Xdr,
};
use money::Amount;

/// The newest numbers of a customer's head that counts tell: its number of commands, and what its purse has locked.
pub(crate) type Counted = Option<(u64, Amount)>;

/// Writes one row image. What it tells of the head without being the head is for [`counted_head`], behind all rows of the customer.
/// `order` gives an event its position.
pub(crate) fn row(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    (key, bytes): (&RowKey, &[u8]),
    counted: &mut Counted,
    order: &mut EventOrder,
) -> Result<(), StoreError> {
    match key {
        RowKey::Head => head(transaction, &image::read_head(bytes)?, bytes),
        RowKey::Account(_) => account(transaction, customer, &image::read_account(bytes)?, bytes),
        RowKey::Session(_) => session(transaction, customer, &image::read_session(bytes)?, bytes),
        RowKey::Applied(request) => {
            let until = image::read_applied(bytes)?.until.as_micros();
            transaction.post(
                "INSERT INTO applied (partition, customer_id, key, until, image) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (partition, customer_id, key) DO UPDATE SET until = excluded.until, image = excluded.image",
                params![Partition::of(customer).sql(), customer.0, request, until, bytes],
            )?;
            Ok(())
        }
        RowKey::Xdr(_) => xdr(transaction, &image::read_xdr(bytes)?),
        RowKey::Ledger(_) => ledger(transaction, bytes),
        RowKey::Event(_) => event(transaction, &image::read_event(bytes)?, order),
        RowKey::Record(_) => record(transaction, customer, &image::read_record(bytes)?),
        RowKey::Relay(id, to) => relays::fold(transaction, customer, (*id, *to), bytes),
        RowKey::Counts(session) => {
            let read = image::read_counts(bytes)?;
            *counted = (*counted).max(Some((read.seq, read.reserved)));
            counts(transaction, customer, session, (&read, bytes))
        }
    }
}

/// The word for a customer's status in tables and the API.
pub(crate) fn status_word(status: CustomerStatus) -> &'static str {
    match status {
        CustomerStatus::Active => "active",
        CustomerStatus::ResellerStopped => "reseller_stopped",
        CustomerStatus::Suspended => "suspended",
        CustomerStatus::Blocked => "blocked",
        CustomerStatus::Terminated => "terminated",
    }
}

fn head(transaction: &Transaction<'_>, head: &Head, bytes: &[u8]) -> Result<(), StoreError> {
    let payment = match head.payment {
        Payment::Prepaid => "prepaid",
        Payment::Postpaid => "postpaid",
    };
    let seq = i64::try_from(head.seq).unwrap_or(i64::MAX);
    let (owed, next_due) = (head.owed().micros(), head.next_due().map(calendar::Instant::as_micros));
    let limit = head.purse.credit_limit.map(money::Amount::micros);
    let chain = head.chain.as_ref();
    let parent = chain.and_then(|chain| chain.parent).map(|parent| parent.id.0);
    let reseller = chain.is_some_and(|chain| chain.resale.is_some());
    let values = params![
        Partition::of(head.id).sql(),
        head.id.0,
        seq,
        status_word(head.status()),
        payment,
        head.purse.balance.micros(),
        limit,
        head.purse.reserved.micros(),
        owed,
        head.period_number,
        next_due,
        bytes,
        parent,
        reseller,
        head.currency.code(),
    ];
    // Folding never goes backwards. Most changes leave due date and reseller alone: then no index is touched. Where rows gather, one
    // statement does both, and the server sees by itself that no index is concerned.
    if !transaction.gathers() {
        let mut statement = transaction.prepare_cached(
            "UPDATE customer_state SET seq = ?3, status = ?4, payment = ?5, balance = ?6, credit_limit = ?7, reserved = ?8,
               owed = ?9, period_number = ?10, image = ?12
             WHERE partition = ?1 AND customer_id = ?2 AND seq <= ?3 AND next_due IS ?11 AND parent_id IS ?13
               AND reseller = ?14",
        )?;
        if statement.execute(values.get(..14).unwrap_or(values))? > 0 {
            return Ok(());
        }
    }
    transaction.post(
        "INSERT INTO customer_state (partition, customer_id, seq, status, payment, balance, credit_limit, reserved, owed,
           period_number, next_due, image, parent_id, reseller, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (partition, customer_id) DO UPDATE SET seq = excluded.seq, status = excluded.status, payment = excluded.payment,
           currency = excluded.currency, balance = excluded.balance, credit_limit = excluded.credit_limit,
           reserved = excluded.reserved, owed = excluded.owed, period_number = excluded.period_number,
           next_due = excluded.next_due, image = excluded.image, parent_id = excluded.parent_id, reseller = excluded.reseller
         WHERE excluded.seq >= customer_state.seq",
        values,
    )?;
    Ok(())
}

fn account(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    account: &Account,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let status = match (account.terminated_at, account.blocked) {
        (Some(_), _) => "terminated",
        (None, true) => "blocked",
        (None, false) => "active",
    };
    let product = account.products.last().map_or(0, |span| span.product.0);
    transaction.post(
        "INSERT INTO account_state (partition, account_id, customer_id, product_id, status, image)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (partition, account_id) DO UPDATE SET customer_id = excluded.customer_id,
           product_id = excluded.product_id, status = excluded.status, image = excluded.image",
        params![Partition::of(customer).sql(), account.id.0, customer.0, product, status, bytes],
    )?;
    Ok(())
}

fn session(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    session: &Session,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let expires_at = session.expires_at.as_micros();
    if session.closed_at.is_none() && !transaction.gathers() {
        // What was heard of again moves in no index: the timers look at it once more when it would have been due.
        let mut statement = transaction.prepare_cached(
            "UPDATE session SET last_at = ?4, image = ?6, counts = NULL WHERE partition = ?1 AND customer_id = ?2
               AND session_key = ?3 AND closed_at IS NULL AND due_at <= ?5",
        )?;
        let known = statement.execute(params![
            Partition::of(customer).sql(),
            customer.0,
            session.key.as_bytes(),
            session.last_at.as_micros(),
            expires_at,
            bytes,
        ])?;
        if known > 0 {
            return Ok(());
        }
    }
    transaction.post(
        "INSERT INTO session (partition, customer_id, session_key, account_id, node, identifier, started_at, last_at,
           due_at, closed_at, image)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (partition, customer_id, session_key) DO UPDATE SET account_id = excluded.account_id, node = excluded.node,
           identifier = excluded.identifier, started_at = excluded.started_at, last_at = excluded.last_at,
           due_at = CASE WHEN excluded.closed_at IS NULL AND session.closed_at IS NULL AND session.due_at <= excluded.due_at
             THEN session.due_at ELSE excluded.due_at END,
           closed_at = excluded.closed_at, image = excluded.image, counts = NULL",
        params![
            Partition::of(customer).sql(),
            customer.0,
            session.key.as_bytes(),
            session.account.0,
            session.node,
            session.identifier,
            session.started_at.as_micros(),
            session.last_at.as_micros(),
            expires_at,
            session.closed_at.map(calendar::Instant::as_micros),
            bytes,
        ],
    )?;
    Ok(())
}

/// What a session counted, beside its image.
fn counts(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    session: &SessionKey,
    (counts, bytes): (&Counts, &[u8]),
) -> Result<(), StoreError> {
    let (last_at, due_at) = (counts.last_at.as_micros(), counts.expires_at.as_micros());
    let values =
        params![Partition::of(customer).sql(), customer.0, session.as_bytes(), last_at, due_at, bytes];
    // As with whole rows: an index is touched only when the timers have to look earlier.
    if transaction.gathers() {
        return Ok(transaction.post(
            "UPDATE session SET last_at = posted.column4, counts = posted.column6,
               due_at = CASE WHEN session.due_at <= posted.column5 THEN session.due_at ELSE posted.column5 END
             FROM (VALUES (?1, ?2, ?3, ?4, ?5, ?6)) AS posted
             WHERE session.partition = posted.column1 AND session.customer_id = posted.column2
               AND session.session_key = posted.column3",
            values,
        )?);
    }
    let later = "UPDATE session SET last_at = ?4, counts = ?6 WHERE partition = ?1 AND customer_id = ?2
        AND session_key = ?3 AND due_at <= ?5";
    let earlier =
        "UPDATE session SET last_at = ?4, counts = ?6, due_at = ?5 WHERE partition = ?1 AND customer_id = ?2
        AND session_key = ?3";
    for sql in [later, earlier] {
        if transaction.prepare_cached(sql)?.execute(values)? > 0 {
            return Ok(());
        }
    }
    Err(StoreError::Corrupt("counts without their session"))
}

/// What a customer's sessions counted of his head, unless the head is newer.
pub(crate) fn counted_head(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    (seq, reserved): (u64, Amount),
) -> Result<(), StoreError> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let values = params![Partition::of(customer).sql(), customer.0, seq, reserved.micros()];
    if transaction.gathers() {
        return Ok(transaction.post(
            "UPDATE customer_state SET seq = posted.column3, reserved = posted.column4
             FROM (VALUES (?1, ?2, ?3, ?4)) AS posted
             WHERE customer_state.partition = posted.column1 AND customer_state.customer_id = posted.column2
               AND customer_state.seq < posted.column3",
            values,
        )?);
    }
    let mut statement = transaction.prepare_cached(
        "UPDATE customer_state SET seq = ?3, reserved = ?4 WHERE partition = ?1 AND customer_id = ?2 AND seq < ?3",
    )?;
    statement.execute(values)?;
    Ok(())
}

/// The word for a unit in tables and the API.
pub(crate) fn unit_word(unit: catalog::Unit) -> &'static str {
    match unit {
        catalog::Unit::Second => "second",
        catalog::Unit::Octet => "octet",
        catalog::Unit::Message => "message",
        catalog::Unit::Event => "event",
        catalog::Unit::Money => "money",
    }
}

fn xdr(transaction: &Transaction<'_>, xdr: &Xdr) -> Result<(), StoreError> {
    let explanation =
        serde_json::to_string(&xdr.explanation).map_err(|_| StoreError::Corrupt("explanation"))?;
    transaction.post(
        "INSERT INTO xdr (partition, xdr_id, customer_id, account_id, kind, service_id, product_id, period_number, started_at,
           ended_at, posted_at, units, unit, destination, description, reference, amount, explanation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT DO NOTHING",
        params![
            Partition::of(xdr.customer).sql(),
            xdr.id.0,
            xdr.customer.0,
            xdr.account.map(|a| a.0),
            xdr.kind.name(),
            xdr.service.map(|s| s.0),
            xdr.product.map(|p| p.0),
            xdr.period_number,
            xdr.started_at.as_micros(),
            xdr.ended_at.as_micros(),
            xdr.posted_at.as_micros(),
            i64::try_from(xdr.units).unwrap_or(i64::MAX),
            xdr.unit.map(unit_word),
            xdr.destination,
            xdr.description,
            xdr.reference,
            xdr.amount.micros(),
            explanation,
        ],
    )?;
    Ok(())
}

fn ledger(transaction: &Transaction<'_>, bytes: &[u8]) -> Result<(), StoreError> {
    let entry = image::read_ledger(bytes)?;
    transaction.post(
        "INSERT INTO ledger_entry (partition, entry_id, customer_id, at, code, debit, credit, amount, reference, note,
           account_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
        params![
            Partition::of(entry.customer).sql(),
            entry.id.0,
            entry.customer.0,
            entry.at.as_micros(),
            entry.code.name(),
            entry.debit.name(),
            entry.credit.name(),
            entry.amount.micros(),
            entry.reference.map(|r| r.0),
            entry.note,
            entry.account.map(|account| account.0),
        ],
    )?;
    Ok(())
}

const EVENT: &str =
    "INSERT INTO event (partition, event_id, position, customer_id, account_id, kind, at, detail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";

fn event(transaction: &Transaction<'_>, event: &Event, order: &mut EventOrder) -> Result<(), StoreError> {
    let values = params![
        Partition::of(event.customer).sql(),
        event.id.0,
        order.next(transaction)?,
        event.customer.0,
        event.account.map(|a| a.0),
        event.kind.name(),
        event.at.as_micros(),
        event.detail,
    ];
    if !matches!(event.kind, EventKind::ResellerStopped | EventKind::ResellerServing) {
        transaction.post(EVENT, values)?;
    } else if transaction.execute(EVENT, values)? > 0 {
        relays::announce(transaction, event)?;
    }
    if event.kind == EventKind::InvoicePaid {
        let mut paid = transaction.prepare_cached(
            "UPDATE invoice SET paid_at = ?1 WHERE partition = ?2 AND number = ?3 AND paid_at IS NULL",
        )?;
        paid.execute(params![event.at.as_micros(), Partition::of(event.customer).sql(), event.detail])?;
    }
    Ok(())
}

fn record(transaction: &Transaction<'_>, customer: CustomerId, record: &Record) -> Result<(), StoreError> {
    let partition = Partition::of(customer).sql();
    match record {
        Record::Customer(c) => transaction.post(
            "INSERT INTO customer (partition, customer_id, number, name, email, phone, address, language, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (partition, customer_id) DO UPDATE SET number = excluded.number, name = excluded.name,
               email = excluded.email, phone = excluded.phone, address = excluded.address, language = excluded.language,
               created_at = excluded.created_at",
            params![
                partition,
                c.id.0,
                c.number,
                c.name,
                c.email,
                c.phone,
                c.address,
                c.language,
                c.created_at.as_micros()
            ],
        ),
        Record::Account(a) => transaction.post(
            "INSERT INTO account (partition, account_id, customer_id, label, password, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (partition, account_id) DO UPDATE SET customer_id = excluded.customer_id, label = excluded.label,
               password = excluded.password, created_at = excluded.created_at",
            params![partition, a.id.0, customer.0, a.label, a.password, a.created_at.as_micros()],
        ),
        Record::Identifier(i) => transaction.post(
            "INSERT INTO identifier (realm, value, customer_id, account_id, claimed_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (realm, value) DO UPDATE SET account_id = excluded.account_id
             WHERE identifier.customer_id = excluded.customer_id",
            params![i.realm, i.value, customer.0, i.account.0, 0_i64],
        ),
        Record::IdentifierReleased { realm, value } => transaction.execute(
            "DELETE FROM identifier WHERE realm = ?1 AND value = ?2 AND customer_id = ?3",
            params![realm, value, customer.0],
        )
        .map(|_| ()),
        Record::Device(d) => transaction.post(
            "INSERT INTO device (partition, device_id, customer_id, account_id, kind, mac, serial, model, created_at, removed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (partition, device_id) DO UPDATE SET customer_id = excluded.customer_id,
               account_id = excluded.account_id, kind = excluded.kind, mac = excluded.mac, serial = excluded.serial,
               model = excluded.model, created_at = excluded.created_at, removed_at = excluded.removed_at",
            params![
                partition,
                d.id.0,
                customer.0,
                d.account.0,
                d.kind,
                d.mac,
                d.serial,
                d.model,
                d.created_at.as_micros(),
                d.removed_at.map(calendar::Instant::as_micros)
            ],
        ),
        Record::Note(n) => transaction.post(
            "INSERT INTO note (partition, note_id, customer_id, author, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (partition, note_id) DO UPDATE SET customer_id = excluded.customer_id, author = excluded.author,
               at = excluded.at, body = excluded.body",
            params![partition, n.id.0, customer.0, n.author, n.at.as_micros(), n.body],
        ),
        Record::Invoice(i) => crate::invoices::insert(transaction, customer, i).map(|_| ()),
        Record::PeriodClosed(p) => crate::invoices::insert_period(transaction, customer, p).map(|_| ()),
        Record::Audit(a) => crate::audit::insert(transaction, Some(customer), a),
    }?;
    Ok(())
}
