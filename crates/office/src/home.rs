//! The first page's figures. They are kept for as long as they were costly to find: a small installation sees them fresh, a
//! large one a little late, and no page ever waits for a count of a million rows twice.

use crate::{Office, OfficeError};
use calendar::{BillingZone, Instant, Seconds};
use jiff::ToSpan;
use jiff::civil::Date;
use money::Amount;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use store::DaySums;

/// Days in the small charts, today included.
const DAYS: i32 = 14;
/// Figures found faster than this are found anew for every page.
const CHEAP: Duration = Duration::from_millis(15);
/// Costly figures are kept for their cost times this.
const KEPT_FACTOR: u32 = 100;
/// Figures that take longer than this are found by the clockwork; pages show the last ones.
const TOO_COSTLY: Duration = Duration::from_millis(300);
/// Nothing older is shown.
const OLD: Seconds = Seconds(3_600);
/// Days that are over are computed for so long at a time; the others follow with the next figures.
const DAYS_PATIENCE: Duration = Duration::from_millis(200);
/// A day's sums are final so long after its end: the tables are ten seconds behind at most.
const FINAL_AFTER: Seconds = Seconds(600);
/// 1970-01-01, from which days are counted.
const FIRST_DAY: Date = Date::constant(1970, 1, 1);

/// Figures of the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeFigures {
    /// When they were true.
    pub as_of: Instant,
    /// Money and records of today, in the operator's zone.
    pub today: DaySums,
    /// Open sessions.
    pub sessions: u64,
    /// Requests refused by the core since the program started.
    pub refused: u64,
    /// Requests turned away because of load since the program started.
    pub busy: u64,
    /// Customers by status word.
    pub customers: Vec<(String, u64)>,
    /// Invoices not paid in full: how many, and their sum.
    pub unpaid: (u64, Amount),
    /// Of these past their due date.
    pub overdue: (u64, Amount),
    /// Deliveries given up, over all connectors.
    pub deliveries_dead: u64,
    /// Deliveries waiting or being sent, over all connectors.
    pub deliveries_waiting: u64,
    /// Closed billing periods whose invoice is still to come.
    pub periods_to_invoice: u64,
    /// Customers who could not be billed.
    pub parked: usize,
    /// The last 14 days, oldest first, today last.
    pub days: Vec<HomeDay>,
}

/// One day of the small charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeDay {
    /// The day.
    pub day: Date,
    /// Its sums.
    pub sums: DaySums,
}

impl HomeFigures {
    /// Customers of a status.
    pub fn customers_with(&self, status: &str) -> u64 {
        self.customers.iter().find(|(word, _)| word == status).map_or(0, |(_, count)| *count)
    }
}

/// Figures that were found, and what that cost.
#[derive(Default)]
pub(crate) struct HomeBoard {
    kept: Mutex<Option<Kept>>,
    finding: Mutex<()>,
}

struct Kept {
    figures: Arc<HomeFigures>,
    cost: Duration,
}

impl Kept {
    /// By the clock of the business, so that moving it makes figures old.
    fn age(&self, now: Instant) -> Seconds {
        now.since(self.figures.as_of)
    }

    fn is_good(&self, now: Instant) -> bool {
        self.cost >= CHEAP && self.age(now).0 < (self.cost * KEPT_FACTOR).as_secs()
    }

    fn may_be_shown(&self, now: Instant) -> bool {
        self.is_good(now) || (self.cost >= TOO_COSTLY && self.age(now) < OLD)
    }
}

impl Office {
    /// The first page's figures. Costly ones may be a little old: [`HomeFigures::as_of`] says how old.
    pub fn home(&self) -> Result<Arc<HomeFigures>, OfficeError> {
        if let Some(kept) = &*self.inner.home.kept.lock()
            && kept.may_be_shown(self.now())
        {
            return Ok(kept.figures.clone());
        }
        self.find_home()
    }

    /// Finds costly figures anew when they are too old. Called by the clockwork.
    pub(crate) fn refresh_home(&self) {
        let due = match &*self.inner.home.kept.lock() {
            Some(kept) => kept.cost >= TOO_COSTLY && !kept.is_good(self.now()),
            None => false,
        };
        if due && let Err(error) = self.find_home() {
            tracing::warn!(%error, "cannot find the first page's figures");
        }
    }

    fn find_home(&self) -> Result<Arc<HomeFigures>, OfficeError> {
        let board = &self.inner.home;
        let _one_at_a_time = board.finding.lock();
        if let Some(kept) = &*board.kept.lock()
            && kept.is_good(self.now())
        {
            return Ok(kept.figures.clone());
        }
        let started = std::time::Instant::now();
        let now = self.now();
        let zone = self.settings()?.billing_zone();
        let (days, today) = self.last_days(now, &zone)?;
        let counts = self.store().counts_now(now)?;
        let deliveries = |states: &[&str]| {
            let of = counts.deliveries.iter().filter(|(_, state, _)| states.contains(&state.as_str()));
            of.map(|(_, _, count)| count).sum()
        };
        let metrics = self.engine().metrics();
        let figures = Arc::new(HomeFigures {
            as_of: now,
            today,
            sessions: counts.sessions,
            refused: metrics.refused.get(),
            busy: metrics.busy.get(),
            unpaid: counts.unpaid,
            overdue: counts.overdue,
            deliveries_dead: deliveries(&["dead"]),
            deliveries_waiting: deliveries(&["pending", "in_flight"]),
            periods_to_invoice: counts.periods_to_invoice,
            parked: self.parked().len(),
            customers: counts.customers,
            days,
        });
        let kept = Kept { figures: figures.clone(), cost: started.elapsed() };
        *board.kept.lock() = Some(kept);
        Ok(figures)
    }

    /// The last days, oldest first, and today. Days that are over are computed once and kept; after a long silence a few at a
    /// time, newest first.
    fn last_days(&self, now: Instant, zone: &BillingZone) -> Result<(Vec<HomeDay>, DaySums), OfficeError> {
        let date = zone.date(now);
        let today = self.store().day_sums(zone.midnight(date), Instant::from_micros(i64::MAX))?;
        let mut days = vec![HomeDay { day: date, sums: today }];
        let started = std::time::Instant::now();
        for back in 1..DAYS {
            let day = date.saturating_sub(back.days());
            let sums = self.day_that_is_over(day, now, zone, started.elapsed() < DAYS_PATIENCE)?;
            days.push(HomeDay { day, sums });
        }
        days.reverse();
        Ok((days, today))
    }

    /// The kept sums of a day; otherwise computed if there is time for it.
    fn day_that_is_over(
        &self,
        day: Date,
        now: Instant,
        zone: &BillingZone,
        compute: bool,
    ) -> Result<DaySums, OfficeError> {
        let number = FIRST_DAY.until(day).map_or(0, |span| i64::from(span.get_days()));
        if let Some(sums) = self.store().kept_day(number)? {
            return Ok(sums);
        }
        if !compute {
            return Ok(DaySums::default());
        }
        let end = zone.midnight(day.saturating_add(1.days()));
        let sums = self.store().day_sums(zone.midnight(day), end)?;
        if end.plus(FINAL_AFTER) <= now {
            self.store().keep_day(number, sums)?;
        }
        Ok(sums)
    }
}
