//! Messages between resellers and those they serve: the durable outbox, who has something to tell, and whether the levels agree.
//!
//! A message is in the commit that caused it, and its taking in the commit that took it, both as rows of the sender; most messages are
//! taken before they would reach the tables and never touch them. Must not know: what a message says, when it is sent again.

use crate::db::{Connection, OptionalExtension, Row, Transaction, params};
use crate::{Partition, Store, StoreError, image, verify};
use calendar::Instant;
use charging::{Charged, CustomerId, Event, Head, Relay, RowId, XdrKind};
use money::Amount;

/// Differences that a verification lists of each kind.
const DIFFERENCES_MOST: usize = 100;

/// A message that its receiver refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRelay {
    /// The message.
    pub relay: Relay,
    /// Parked then.
    pub at: Instant,
    /// Why, in words.
    pub reason: String,
}

/// Messages that were not taken yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RelayCounts {
    /// On their way.
    pub waiting: u64,
    /// Parked.
    pub parked: u64,
}

/// A reseller who has something to tell all he serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingDue {
    /// Who.
    pub reseller: CustomerId,
    /// Row of the announcement.
    pub announced: RowId,
    /// Customers up to this number have been told.
    pub told_upto: CustomerId,
}

/// What a verification found out about the levels of resellers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelayReport {
    /// Messages that were not taken yet. As long as there are any, the levels are not compared.
    pub counts: RelayCounts,
    /// What does not agree between a level and the one below it, in words.
    pub differences: Vec<String>,
}

/// Writes a message into the outbox, or takes it out.
pub(crate) fn fold(
    transaction: &Transaction<'_>,
    from: CustomerId,
    (id, to): (RowId, CustomerId),
    bytes: &[u8],
) -> Result<(), StoreError> {
    let partition = Partition::of(from).sql();
    match image::read_relay(bytes)? {
        Some(_) => {
            transaction.post(
                "INSERT INTO relay (partition, relay_id, to_customer, image) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![partition, id.0, to.0, bytes],
            )?;
        }
        None => {
            transaction.post(
                "DELETE FROM relay WHERE (partition, relay_id, to_customer) IN (VALUES (?1, ?2, ?3))",
                params![partition, id.0, to.0],
            )?;
        }
    }
    Ok(())
}

/// Takes note that a reseller has something to tell all he serves; the newest counts.
pub(crate) fn announce(transaction: &Transaction<'_>, event: &Event) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO standing_due (partition, customer_id, announced, told_upto) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (partition, customer_id) DO UPDATE SET announced = excluded.announced, told_upto = 0
         WHERE excluded.announced > standing_due.announced",
    )?;
    statement.execute(params![Partition::of(event.customer).sql(), event.customer.0, event.id.0])?;
    Ok(())
}

fn sql(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn parked_relay(row: &Row<'_>) -> Result<Option<ParkedRelay>, StoreError> {
    let relay = image::read_relay(&row.get::<_, Vec<u8>>(0)?)?;
    let (at, reason) = (Instant::from_micros(row.get(1)?), row.get(2)?);
    Ok(relay.map(|relay| ParkedRelay { relay, at, reason }))
}

impl Store {
    /// Messages that wait and are not parked; those of one sender in the order of his rows. Only complete after a flush.
    pub fn waiting_relays(&self, most: usize) -> Result<Vec<Relay>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT image FROM relay WHERE parked_at IS NULL ORDER BY partition, relay_id, to_customer LIMIT ?1",
            )?;
            let rows = statement.query_map([sql(most)], |row| row.get::<_, Vec<u8>>(0))?;
            let mut relays = Vec::new();
            for bytes in rows {
                relays.extend(image::read_relay(&bytes?)?);
            }
            Ok(relays)
        })
    }

    /// Parks messages, each with its reason.
    pub fn park_relays(&self, parked: Vec<(Relay, String)>, at: Instant) -> Result<(), StoreError> {
        // What is to be parked must be in the table.
        self.flush()?;
        self.write(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE relay SET parked_at = ?4, reason = ?5 WHERE partition = ?1 AND relay_id = ?2 AND to_customer = ?3",
            )?;
            for (relay, reason) in parked {
                let Some(from) = relay.from() else { continue };
                let partition = Partition::of(from).sql();
                statement.execute(params![partition, relay.id.0, relay.to.0, at.as_micros(), reason])?;
            }
            Ok(())
        })
    }

    /// Lets parked messages wait again.
    pub fn unpark_relays(&self) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE relay SET parked_at = NULL, reason = NULL WHERE parked_at IS NOT NULL",
                [],
            )?;
            Ok(())
        })
    }

    /// Parked messages, longest parked first.
    pub fn parked_relays(&self, most: usize) -> Result<Vec<ParkedRelay>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT image, parked_at, reason FROM relay WHERE parked_at IS NOT NULL
                 ORDER BY parked_at, partition, relay_id, to_customer LIMIT ?1",
            )?;
            let mut rows = statement.query([sql(most)])?;
            let mut parked = Vec::new();
            while let Some(row) = rows.next()? {
                parked.extend(parked_relay(&row)?);
            }
            Ok(parked)
        })
    }

    /// How many messages wait and are parked, as the tables have it.
    pub fn relay_counts(&self) -> Result<RelayCounts, StoreError> {
        self.read(counts)
    }

    /// Resellers who have something to tell.
    pub fn standings_due(&self, most: usize) -> Result<Vec<StandingDue>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, announced, told_upto FROM standing_due ORDER BY partition, customer_id LIMIT ?1",
            )?;
            let rows = statement.query_map([sql(most)], |row| {
                Ok(StandingDue {
                    reseller: CustomerId(row.get(0)?),
                    announced: RowId(row.get(1)?),
                    told_upto: CustomerId(row.get(2)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Takes note of who has been told: those up to a number, or all (`None`). Something newer to tell stays due.
    pub fn standing_told(&self, due: StandingDue, upto: Option<CustomerId>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let partition = Partition::of(due.reseller).sql();
            match upto {
                Some(upto) => transaction.execute(
                    "UPDATE standing_due SET told_upto = ?4 WHERE partition = ?1 AND customer_id = ?2 AND announced = ?3",
                    params![partition, due.reseller.0, due.announced.0, upto.0],
                ),
                None => transaction.execute(
                    "DELETE FROM standing_due WHERE partition = ?1 AND customer_id = ?2 AND announced = ?3",
                    params![partition, due.reseller.0, due.announced.0],
                ),
            }?;
            Ok(())
        })
    }

    /// Customers whom a reseller serves, in the order of their numbers; terminated ones are left out.
    pub fn customers_below(
        &self,
        reseller: CustomerId,
        after: CustomerId,
        most: usize,
    ) -> Result<Vec<CustomerId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id FROM customer_state WHERE parent_id = ?1 AND customer_id > ?2 AND status <> 'terminated'
                 ORDER BY customer_id LIMIT ?3",
            )?;
            let rows = statement
                .query_map(params![reseller.0, after.0, sql(most)], |row| row.get(0).map(CustomerId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A customer's head as the tables have it: perhaps seconds old, but durable.
    pub fn stored_head(&self, customer: CustomerId) -> Result<Option<Head>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT image, seq, reserved FROM customer_state WHERE partition = ?1 AND customer_id = ?2",
            )?;
            let key = params![Partition::of(customer).sql(), customer.0];
            let mut rows = statement.query(key)?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let image: Vec<u8> = row.get(0)?;
            Ok(Some(image::read_counted_head(&image, row.get(1)?, row.get(2)?)?))
        })
    }

    /// How many customers a reseller serves, terminated ones left out.
    pub fn count_below(&self, reseller: CustomerId) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT COUNT(*) FROM customer_state WHERE parent_id = ?1 AND status <> 'terminated'",
            )?;
            Ok(statement.query_row([reseller.0], |row| row.get::<_, i64>(0))?.unsigned_abs())
        })
    }

    /// A reseller's charge for the use that the record `origin` of his customer is about.
    pub fn wholesale_charge(
        &self,
        reseller: CustomerId,
        origin: RowId,
    ) -> Result<Option<Charged>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT xdr_id, amount, posted_at FROM xdr
                 WHERE partition = ?1 AND customer_id = ?2 AND reference = ?3 AND kind = 'wholesale'",
            )?;
            let key = params![Partition::of(reseller).sql(), reseller.0, origin.to_string()];
            let found = statement.query_row(key, |row| {
                Ok(Charged {
                    xdr: RowId(row.get(0)?),
                    kind: XdrKind::Wholesale,
                    account: None,
                    own: false,
                    amount: Amount::from_micros(row.get(1)?),
                    posted_at: Instant::from_micros(row.get(2)?),
                    taxes: Vec::new(),
                })
            });
            Ok(found.optional()?)
        })
    }
}

fn counts(connection: &Connection) -> Result<RelayCounts, StoreError> {
    let sql = "SELECT COUNT(*) - COUNT(parked_at), COUNT(parked_at) FROM relay";
    Ok(connection.query_row(sql, [], |row| {
        let (waiting, parked): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(RelayCounts { waiting: waiting.unsigned_abs(), parked: parked.unsigned_abs() })
    })?)
}

/// When nothing is on its way: each reseller has taken the last message of each customer, and his charges are one to one with theirs.
pub(crate) fn compare_levels(connection: &Connection) -> Result<RelayReport, StoreError> {
    let mut report = RelayReport { counts: counts(connection)?, differences: Vec::new() };
    if report.counts != RelayCounts::default() {
        return Ok(report);
    }
    report.differences = untaken(connection)?;
    // The partition of a customer, as `Partition::of` has it.
    let origin = "CAST(w.reference AS INTEGER)";
    let unmatched = format!(
        "SELECT w.customer_id, w.xdr_id, w.reference FROM xdr w
         LEFT JOIN xdr o ON o.partition = (((({origin} >> 32) * 2654435769) & 4294967295) >> 16) % 256 AND o.xdr_id = {origin}
         WHERE w.kind = 'wholesale' AND (o.xdr_id IS NULL OR o.units <> w.units) LIMIT ?1"
    );
    let twice = "SELECT customer_id, MAX(xdr_id), reference FROM xdr WHERE kind = 'wholesale'
         GROUP BY partition, customer_id, reference HAVING COUNT(*) > 1 LIMIT ?1";
    for (sql, what) in [(unmatched.as_str(), "is for no such use"), (twice, "charges this use once more")] {
        let mut statement = connection.prepare_cached(sql)?;
        let most = i64::try_from(DIFFERENCES_MOST).unwrap_or(i64::MAX);
        let rows = statement.query_map([most], |row| {
            let (customer, xdr, origin): (u32, i64, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("reseller {customer}: xDR {xdr} of {} {what}", origin.unwrap_or_default()))
        })?;
        for words in rows {
            report.differences.push(words?);
        }
    }
    Ok(report)
}

/// Customers whose last message their reseller, or a former one, has not taken.
fn untaken(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let (mut differences, mut after) = (Vec::new(), (-1, 0));
    loop {
        let page = verify::heads(connection, after)?;
        let Some((partition, id, _)) = page.last() else { return Ok(differences) };
        after = (*partition, *id);
        for (_, _, head) in page {
            untaken_of(connection, &head, &mut differences)?;
        }
    }
}

fn untaken_of(connection: &Connection, head: &Head, differences: &mut Vec<String>) -> Result<(), StoreError> {
    let Some(chain) = &head.chain else { return Ok(()) };
    let parent = chain.parent.map(|parent| (parent.id, parent.relayed));
    // A return goes on with the number that was reached.
    let former = chain.former.iter().copied().filter(|(id, _)| parent.is_none_or(|(now, _)| now != *id));
    let mut last = connection
        .prepare_cached("SELECT image FROM applied WHERE partition = ?1 AND customer_id = ?2 AND key = ?3")?;
    for (reseller, sent) in former.chain(parent) {
        let key = params![Partition::of(reseller).sql(), reseller.0, format!("relay:{}", head.id)];
        let image = last.query_row(key, |row| row.get::<_, Vec<u8>>(0)).optional()?;
        let taken = image.map_or(Ok(0), |image| image::read_applied(&image).map(|a| a.fingerprint))?;
        if taken != u64::from(sent) && differences.len() < DIFFERENCES_MOST {
            let customer = head.id;
            differences.push(format!(
                "reseller {reseller}: has taken message {taken} of customer {customer}, the last one sent was {sent}"
            ));
        }
    }
    Ok(())
}
