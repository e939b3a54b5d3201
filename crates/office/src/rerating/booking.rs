//! Booking a rerating: begun under a name with its terms, gone on with part by part, by staff and by the clock, until nothing is left.

use super::{Part, Position, ReratingTerms};
use crate::{Actor, AuditNote, Office, OfficeError, Permission, no_records};
use calendar::Instant;
use charging::{CORRECTIONS_MOST, Command, Correct};
use store::{PARTITIONS, Partition, ReratedSum, ReratingRow};

/// Characters of a name.
const NAME_MOST: usize = 60;
/// Reratings in the list.
const LISTED_MOST: usize = 100;

/// How far a rerating has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReratingState {
    /// So many percent of the customers were gone through.
    Running(u8),
    /// Nothing is left since then.
    Finished(Instant),
}

/// A rerating that is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReratingView {
    /// Its name; customers see it with the corrections.
    pub name: String,
    /// What is priced anew, and how.
    pub terms: ReratingTerms,
    /// Begun then.
    pub begun_at: Instant,
    /// By whom.
    pub begun_by: String,
    /// How far it has come.
    pub state: ReratingState,
    /// What was booked so far, by currency.
    pub booked: Vec<ReratedSum>,
    /// Parts of customers that the core refused; the audit tells which and why.
    pub refused: u64,
}

/// How the descriptions of its corrections begin, and what the core knows each part by.
fn part_name(name: &str, first: Option<u32>) -> String {
    let number = first.map_or_else(String::new, |first| first.to_string());
    format!("{name}, part {number}")
}

impl Office {
    /// Begins to book a rerating and books its first parts. The same name with the same terms goes on where it stopped; with
    /// other terms it is refused.
    pub fn book_rerating(
        &self,
        actor: &Actor,
        name: &str,
        terms: &ReratingTerms,
    ) -> Result<ReratingView, OfficeError> {
        self.may_rerate(actor, terms)?;
        let name = name.trim();
        let wrong = name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control);
        if wrong {
            let reason = format!("1 to {NAME_MOST} characters; customers see it with their corrections");
            return Err(OfficeError::field("name", reason));
        }
        let known = self.store().rerating(name)?;
        // The version in force may be another one by now: what was begun keeps its own.
        let version = match &known {
            Some(row) => terms.version.or(read(row)?.version),
            None => terms.version,
        };
        let terms = self.checked_terms(&ReratingTerms { version, ..terms.clone() })?;
        match known {
            Some(row) if read(&row)? != terms => {
                return Err(OfficeError::field("name", "another rerating has this name; choose a new one"));
            }
            Some(_) => {}
            None => self.begin(actor, name, &terms)?,
        }
        self.run_rerating(actor, name)
    }

    fn begin(&self, actor: &Actor, name: &str, terms: &ReratingTerms) -> Result<(), OfficeError> {
        let text = serde_json::to_string(terms).map_err(|error| OfficeError::Store(error.to_string()))?;
        let added = self.store().add_rerating(ReratingRow {
            name: name.to_owned(),
            terms: text.clone(),
            begun_at: self.now(),
            begun_by: actor.text(),
            cursor: String::new(),
            refused: 0,
            finished_at: None,
        })?;
        if !added {
            return Err(OfficeError::Conflict(format!("the rerating {name} was begun meanwhile")));
        }
        self.note(actor, "rerating/begun", name, &text)
    }

    fn may_rerate(&self, actor: &Actor, terms: &ReratingTerms) -> Result<(), OfficeError> {
        // What concerns everybody is not for agents.
        actor.require(if terms.customer.is_some() { Permission::MoveMoney } else { Permission::Administer })
    }

    /// Books the next parts of a rerating and tells how far it is; nothing for one that is finished.
    pub fn run_rerating(&self, actor: &Actor, name: &str) -> Result<ReratingView, OfficeError> {
        let row = self.rerating_row(name)?;
        let terms = read(&row)?;
        self.may_rerate(actor, &terms)?;
        if row.finished_at.is_none() {
            let _working = self.work_on(0, &format!("rerating:{name}"))?;
            self.store().flush()?;
            let pricing = self.pricing(&terms)?;
            let start = Position::parse(&row.cursor)?;
            let mut refused = 0;
            let next = self.walk(&terms, &pricing, start, CORRECTIONS_MOST, |part| {
                refused += u64::from(!self.book_part(actor, name, &part)?);
                Ok(true)
            })?;
            let finished = next.is_none().then(|| self.now());
            let cursor = next.map(Position::text).unwrap_or_default();
            self.store().advance_rerating(name, cursor, refused, finished)?;
        }
        self.rerating(name)
    }

    /// Books the differences of some use of one customer; `false` when the core refuses.
    fn book_part(&self, actor: &Actor, name: &str, part: &Part) -> Result<bool, OfficeError> {
        let Some(first) = part.preview.differences.first() else { return Ok(true) };
        let rerating = part_name(name, Some(first.of.xdr.counter())).into_boxed_str();
        let object = format!("customer {}", part.customer);
        let (charges, total) = (part.preview.differences.len(), part.preview.total());
        let audit =
            AuditNote::new("charge/corrected", object.clone(), format!("{name}: {charges} charges, {total}"));
        let correct = Correct { rerating, lines: part.preview.corrections().collect() };
        match self.command(actor, part.customer, None, Command::Correct(correct), audit, no_records()) {
            Ok(_) => Ok(true),
            Err(OfficeError::Refused(refusal)) => {
                self.note(actor, "charge/correction-refused", &object, &format!("{name}: {refusal}"))?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on with what is not finished; for the clock.
    pub(crate) fn go_on_rerating(&self) -> Result<(), OfficeError> {
        for name in self.store().open_reratings()? {
            match self.run_rerating(&Actor::System("rerating"), &name) {
                // Somebody is at it.
                Ok(_) | Err(OfficeError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A rerating by name, with what it booked.
    pub fn rerating(&self, name: &str) -> Result<ReratingView, OfficeError> {
        let row = self.rerating_row(name)?;
        self.rerating_view(row)
    }

    /// Reratings, the latest first.
    pub fn reratings(&self) -> Result<Vec<ReratingView>, OfficeError> {
        let rows = self.store().reratings(LISTED_MOST)?;
        rows.into_iter().map(|row| self.rerating_view(row)).collect()
    }

    fn rerating_row(&self, name: &str) -> Result<ReratingRow, OfficeError> {
        self.store().rerating(name)?.ok_or_else(|| OfficeError::not_found("rerating", name))
    }

    fn rerating_view(&self, row: ReratingRow) -> Result<ReratingView, OfficeError> {
        let terms = read(&row)?;
        let words = format!("correction {}", part_name(&row.name, None));
        let state = match row.finished_at {
            Some(at) => ReratingState::Finished(at),
            None => ReratingState::Running(percent(Position::parse(&row.cursor)?)),
        };
        Ok(ReratingView {
            booked: self.store().rerated(&words, row.begun_at)?,
            terms,
            state,
            name: row.name,
            begun_at: row.begun_at,
            begun_by: row.begun_by,
            refused: row.refused,
        })
    }
}

/// Customers are gone through partition by partition, and partitions are alike.
fn percent(at: Position) -> u8 {
    let done = if at == Position::START { 0 } else { usize::from(Partition::of(at.customer).0) };
    u8::try_from(done * 100 / usize::from(PARTITIONS)).unwrap_or(100)
}

fn read(row: &ReratingRow) -> Result<ReratingTerms, OfficeError> {
    serde_json::from_str(&row.terms)
        .map_err(|error| OfficeError::Store(format!("rerating {}: {error}", row.name)))
}
