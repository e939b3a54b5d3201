//! What happens by itself when its time has come: periods are closed, invoices sent, debtors suspended, what
//! was given for a time ends.
//!
//! Customers are taken a few at a time, in steps of a millisecond or so, and nothing is held in between: charging goes on beside it.
//! First every period is cut, one customer after the other, then the invoices follow, several drawn at a time.
//! Customers who cannot be billed are parked, shown to staff, and tried again later.

use crate::background::yield_to_others;
use crate::{Office, OfficeError};
use calendar::{Instant, Seconds};
use charging::{Command, Customer, CustomerId, Reply};
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often due customers are looked for.
const EVERY: Duration = Duration::from_millis(250);
/// Customers taken per look.
const CUSTOMERS_MOST: usize = 200;
/// Invoices made between two looks for due customers.
const INVOICES_MOST: usize = 64;
/// A customer who could not be billed is tried again after this.
const PARKED_FOR: Seconds = Seconds(60);
/// Parked customers remembered; further ones are found anew with each look.
const PARKED_MOST: usize = 10_000;
/// Every so many looks, expired browser sessions are deleted.
const PURGE_EVERY: u32 = 2_400;
/// Every so many looks, beginning with the first, vouchers are tended.
const VOUCHERS_EVERY: u32 = 40;
/// Sessions deleted at a time.
const PURGE_MOST: usize = 1_000;
/// Steps without any progress before a direct run gives up.
const IDLE_STEPS_MOST: u32 = 100;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunReport {
    /// Billing periods closed.
    pub closed: u64,
    /// Invoices sent.
    pub invoiced: u64,
    /// Customers suspended.
    pub suspended: u64,
    /// Customers who could not be billed, and why.
    pub failed: Vec<(CustomerId, String)>,
}

/// A customer who could not be billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Who.
    pub customer: CustomerId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Instant,
    /// Tried again then.
    pub retry_at: Instant,
}

/// Customers who could not be billed, shared by everybody who bills.
#[derive(Debug, Default)]
pub(crate) struct ParkedCustomers(Mutex<BTreeMap<CustomerId, Parked>>);

impl ParkedCustomers {
    fn waits(&self, customer: CustomerId, now: Instant) -> bool {
        self.0.lock().get(&customer).is_some_and(|parked| parked.retry_at > now)
    }

    fn park(&self, customer: CustomerId, reason: String, now: Instant) {
        let mut parked = self.0.lock();
        if parked.len() >= PARKED_MOST && !parked.contains_key(&customer) {
            return;
        }
        let since = parked.get(&customer).map_or(now, |p| p.since);
        parked.insert(customer, Parked { customer, reason, since, retry_at: now.plus(PARKED_FOR) });
    }

    fn release(&self, customer: CustomerId) {
        self.0.lock().remove(&customer);
    }

    /// How many wait for another try.
    fn waiting(&self, now: Instant) -> usize {
        self.0.lock().values().filter(|parked| parked.retry_at > now).count()
    }

    fn retry_all(&self, now: Instant) {
        self.0.lock().values_mut().for_each(|parked| parked.retry_at = now);
    }

    pub(crate) fn all(&self) -> Vec<Parked> {
        self.0.lock().values().cloned().collect()
    }
}

impl Office {
    /// Ends and begins what does so by itself: temporary limits, spending caps, add-ons, quotas, wallets. Tells whether there was
    /// something to do; safe to repeat.
    fn lapse(&self, customer: CustomerId) -> Result<bool, OfficeError> {
        let waits = |office: &Self| {
            let now = office.now();
            let look = move |found: Option<&Customer>| {
                let due = found.map(|found| [found.head.lapses_at, found.head.plans_due]);
                due.into_iter().flatten().flatten().any(|at| at <= now)
            };
            office.engine().look(customer, look)
        };
        if !waits(self)? {
            return Ok(false);
        }
        if let Reply::Refused(refusal) = self.engine().call(customer, None, Command::Lapse, None)? {
            return Err(refusal.into());
        }
        // Were it still due, that would be no progress: it is tried again with the next look, not at once.
        Ok(!waits(self)?)
    }

    /// Customers who could not be billed, and why.
    pub fn parked(&self) -> Vec<Parked> {
        self.inner.parked.all()
    }
}

/// Does everything that is due now, parked customers included, and waits for it.
pub fn run_due(office: &Office) -> Result<RunReport, OfficeError> {
    office.inner.parked.retry_all(office.now());
    let mut report = RunReport::default();
    let mut idle = 0;
    // Another thread may be at work on the same customers: what it has under way is waited for.
    while idle < IDLE_STEPS_MOST {
        match step(office, &mut report)? {
            Step::Progress => idle = 0,
            Step::Nothing => return Ok(report),
            Step::NoProgress => {
                idle += 1;
                office.store().flush()?;
            }
        }
    }
    Ok(report)
}

enum Step {
    /// Something was done.
    Progress,
    /// Somebody is due, but nothing could be done for him now.
    NoProgress,
    /// Nobody is due.
    Nothing,
}

/// Takes some customers: closes, collects, invoices. One step at a time: who waits here finds the work done.
fn step(office: &Office, report: &mut RunReport) -> Result<Step, OfficeError> {
    let _turn = office.inner.billing.lock();
    let now = office.now();
    let parked = office.inner.parked.waiting(now);
    let free = |customer: &CustomerId| !office.inner.parked.waits(*customer, now);
    let due = office.store().due_customers(now, CUSTOMERS_MOST + parked)?;
    let due: Vec<CustomerId> = due.into_iter().filter(free).take(CUSTOMERS_MOST).collect();
    let mut progress = false;
    for customer in &due {
        let served = serve_due(office, *customer, report);
        progress |= settled(office, *customer, report, served);
    }
    let open = office.store().periods_to_invoice(INVOICES_MOST + parked)?;
    let open: Vec<CustomerId> = open.into_iter().filter(free).take(INVOICES_MOST).collect();
    let outcomes = office.invoice_periods(open.clone());
    for (customer, outcome) in open.iter().zip(outcomes) {
        let served = outcome.and_then(|invoiced| invoiced_or_settled(office, *customer, invoiced, report));
        progress |= settled(office, *customer, report, served);
    }
    Ok(match (due.is_empty() && open.is_empty(), progress) {
        (true, _) => Step::Nothing,
        (false, true) => Step::Progress,
        (false, false) => Step::NoProgress,
    })
}

/// What became of one customer's step; a failure parks him and is no progress.
fn settled(
    office: &Office,
    customer: CustomerId,
    report: &mut RunReport,
    served: Result<bool, OfficeError>,
) -> bool {
    match served {
        Ok(progress) => {
            office.inner.parked.release(customer);
            progress
        }
        Err(error) => {
            tracing::warn!(%customer, %error, "the customer cannot be billed");
            office.inner.parked.park(customer, error.to_string(), office.now());
            report.failed.push((customer, error.to_string()));
            false
        }
    }
}

fn serve_due(office: &Office, customer: CustomerId, report: &mut RunReport) -> Result<bool, OfficeError> {
    let lapsed = office.lapse(customer)?;
    // A period can only be closed once the one before has its invoice.
    let finished = office.invoice_period(customer)?.is_some();
    let closed = office.cut_period(customer)?;
    let suspended = office.collect(customer)?.is_some();
    report.invoiced += u64::from(finished);
    report.closed += u64::from(closed);
    report.suspended += u64::from(suspended);
    Ok(lapsed || finished || closed || suspended)
}

/// A period without charges is settled without an invoice: that is progress, too.
fn invoiced_or_settled(
    office: &Office,
    customer: CustomerId,
    invoiced: bool,
    report: &mut RunReport,
) -> Result<bool, OfficeError> {
    report.invoiced += u64::from(invoiced);
    Ok(invoiced || office.store().period_to_invoice(customer)?.is_none())
}

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    bell: Condvar,
    stop: AtomicBool,
}

/// The thread that does what is due.
pub struct Clockwork {
    bell: Arc<Bell>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Clockwork {
    /// Starts the thread.
    pub fn start(office: Office) -> Result<Self, OfficeError> {
        let bell = Arc::new(Bell::default());
        let theirs = bell.clone();
        let builder = std::thread::Builder::new().name("talea-clockwork".to_owned());
        let thread = builder.spawn(move || run(&office, &theirs));
        let thread = thread.map_err(|error| OfficeError::Store(format!("clockwork thread: {error}")))?;
        Ok(Self { bell, thread: Mutex::new(Some(thread)) })
    }

    /// Looks now, because the clock was moved.
    pub fn wake(&self) {
        *self.bell.rung.lock() = true;
        self.bell.bell.notify_one();
    }

    /// Ends the thread after the customer it is at.
    pub fn stop(&self) {
        self.bell.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Clockwork {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(office: &Office, bell: &Bell) {
    yield_to_others();
    for look in 0u32.. {
        let mut rung = bell.rung.lock();
        if !*rung {
            bell.bell.wait_for(&mut rung, EVERY);
        }
        *rung = false;
        drop(rung);
        let mut report = RunReport::default();
        while !bell.stop.load(Ordering::Acquire) {
            match step(office, &mut report) {
                Ok(Step::Progress) => {}
                Ok(Step::Nothing | Step::NoProgress) => break,
                Err(error) => {
                    tracing::warn!(%error, "cannot look for what is due");
                    break;
                }
            }
        }
        if bell.stop.load(Ordering::Acquire) {
            return;
        }
        if report.closed + report.invoiced + report.suspended > 0 {
            let RunReport { closed, invoiced, suspended, .. } = report;
            tracing::info!(closed, invoiced, suspended, "billed");
        }
        office.refresh_home();
        if let Err(error) = office.go_on_rerating() {
            tracing::warn!(%error, "cannot go on with a rerating");
        }
        if look % VOUCHERS_EVERY == 0 {
            office.tend_vouchers(look == 0);
        }
        if look % PURGE_EVERY == PURGE_EVERY - 1
            && let Err(error) = office.store().purge_web_sessions(office.now(), PURGE_MOST)
        {
            tracing::warn!(%error, "cannot delete expired sessions");
        }
    }
}
