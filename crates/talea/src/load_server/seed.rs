//! Customers for a load server's empty directory.
//!
//! Flows in: how many. Flows out: customers 1 and up with one account each (or one with all), made by the engine's own commands. Must not know: what is
//! sent to them.

use crate::error::TaleaError;
use calendar::{BillingPeriod, BillingZone, Instant, Seconds};
use charging::{AddAccount, Command, CreateCustomer, CustomerId, Envelope, Payment, Reply};
use engine::{Answer, Engine, Request};
use money::Amount;
use office::MakeRecords;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use store::{AccountRecord, CustomerRecord, IdentifierRecord, Record};

/// Product of every account.
pub(super) const PRODUCT: &str = "mobile-data";
/// Product of the accounts of one customer, which share a quota.
const PRODUCT_SHARED: &str = "shared-data";
/// Product of those whom a bill run finds due: it has a fee, so they get an invoice.
const PRODUCT_WITH_FEE: &str = "homeconnect";
/// Their first period is over since so long.
const DUE_SINCE: Seconds = Seconds(3_600);
/// A limit that no run reaches: a million dollars.
const CREDIT_LIMIT: Amount = Amount::from_micros(1_000_000_000_000);
/// Commands handed over and not yet durable while customers are made; below the engine's own limit for one thread.
const SEEDING_MOST: usize = 32_768;

/// Who is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customers {
    /// How many.
    pub count: u32,
    /// The last so many of them hold a product with a fee, and their first billing period is over.
    pub due: u32,
    /// One customer with so many accounts instead, which share a quota.
    pub hot: bool,
}

impl Customers {
    /// The last customer, and how many accounts he has.
    pub fn last(self) -> (u32, u32) {
        if self.hot { (1, self.count) } else { (self.count, 1) }
    }
}

/// Commands in flight and the first one that failed.
#[derive(Default)]
struct Progress {
    state: Mutex<(usize, Option<String>)>,
    landed: Condvar,
}

impl Progress {
    /// Waits until fewer than `most` are in flight, then counts one more.
    fn begin(&self, most: usize) -> Result<(), TaleaError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .landed
            .wait_while(state, |(waiting, failed)| *waiting >= most && failed.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        state.1.clone().map_or(Ok(()), |reason| Err(TaleaError::Said(reason)))
    }

    fn end(&self, failed: Option<String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = state.0.saturating_sub(1);
        state.1 = state.1.take().or(failed);
        drop(state);
        self.landed.notify_one();
    }
}

/// Makes all customers: many commands in flight, so that a commit carries hundreds of them.
pub(super) fn make_customers(engine: &Engine, customers: Customers) -> Result<(), TaleaError> {
    let catalog = engine.catalog();
    let product = |code: &str| {
        let product = catalog.product(code).map(|product| product.id);
        product.ok_or_else(|| TaleaError::Said(format!("the catalog has no {code}")))
    };
    let plain = product(if customers.hot { PRODUCT_SHARED } else { PRODUCT })?;
    let with_fee = product(PRODUCT_WITH_FEE)?;
    let (now, zone, period) = (engine.clock().now(), BillingZone::utc(), BillingPeriod::Monthly);
    let running = (period.start_of(now, &zone), period.end_after(now, &zone));
    let over = now.minus(DUE_SINCE);
    let create = |period_bounds| CreateCustomer {
        currency: catalog.currency(),
        payment: Payment::Postpaid,
        credit_limit: Some(CREDIT_LIMIT),
        zone: BillingZone::utc(),
        period,
        period_bounds,
        net_days: 14,
        chain: Vec::new(),
        class: None,
    };
    let (create, create_due) = (create(running), create((over.minus(DUE_SINCE), over)));
    let progress = Arc::new(Progress::default());
    for number in 1..=customers.count {
        let is_due = number > customers.count.saturating_sub(customers.due);
        let (create, product) = if is_due { (&create_due, with_fee) } else { (&create, plain) };
        let owner = if customers.hot { 1 } else { number };
        if owner == number {
            let customer = Box::new(move |_: &Reply| vec![customer_record(number, now)]);
            submit(engine, &progress, number, Command::CreateCustomer(create.clone()), customer)?;
        }
        let add = AddAccount { product, add_ons: Vec::new(), detail: msisdn(number) };
        let account = Box::new(move |reply: &Reply| account_records(number, now, reply));
        submit(engine, &progress, owner, Command::AddAccount(add), account)?;
    }
    // One more slot than are free while anything is in flight.
    progress.begin(1)?;
    Ok(engine.store().flush()?)
}

fn submit(
    engine: &Engine,
    progress: &Arc<Progress>,
    number: u32,
    command: Command,
    records: MakeRecords,
) -> Result<(), TaleaError> {
    progress.begin(SEEDING_MOST)?;
    let progress = progress.clone();
    let answer = Answer::new(move |outcome| {
        let failed = match outcome {
            Ok(Reply::Done(_)) => None,
            Ok(other) => Some(format!("customer {number} could not be made: {other:?}")),
            Err(error) => Some(format!("customer {number} could not be made: {error}")),
        };
        progress.end(failed);
    });
    let envelope = Envelope { customer: CustomerId(number), key: None, command };
    engine.submit(Request { envelope, records: Some(records), fold_now: false, answer });
    Ok(())
}

fn msisdn(number: u32) -> String {
    format!("1555{number:07}")
}

fn customer_record(number: u32, now: Instant) -> Record {
    Record::Customer(CustomerRecord {
        id: CustomerId(number),
        number: format!("C{}", 1_000_000 + number),
        name: format!("Load customer {number}"),
        email: String::new(),
        phone: String::new(),
        address: String::new(),
        language: "en".to_owned(),
        created_at: now,
    })
}

fn account_records(number: u32, now: Instant, reply: &Reply) -> Vec<Record> {
    let Reply::Done(Some(account)) = *reply else { return Vec::new() };
    let user = format!("user{number:07}@load.example");
    let identifier = |realm: &str, value: String| {
        Record::Identifier(IdentifierRecord { realm: realm.to_owned(), value, account })
    };
    let record = AccountRecord { id: account, label: msisdn(number), password: None, created_at: now };
    vec![Record::Account(record), identifier("msisdn", msisdn(number)), identifier("user", user)]
}
