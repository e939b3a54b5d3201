//! A compiled tariff: which row prices a destination at an instant.

use crate::destination::{Place, PrefixTable};
use crate::digit_trie::PREFIXES_MOST;
use crate::off_peak_calendar::OffPeakCalendar;
use crate::rate_sheet::{self, SheetRows};
use crate::{Catalog, CatalogProblem, Rate, Tariff};
use calendar::Instant;

/// The rows of a tariff, its sheet and group rows included, by destination and date.
#[derive(Debug)]
pub(crate) struct TariffTable {
    /// Rows of the sheet without destinations, each once; their numbers follow those of `Tariff::rates`.
    sheet_rates: Vec<Rate>,
    table: PrefixTable,
    /// Rows of destinations that have several or dated ones, in the order of their dates. Their numbers follow those of all rates.
    histories: Vec<Box<[u32]>>,
    rates: usize,
    /// `None` when the tariff has no off-peak periods.
    pub calendar: Option<OffPeakCalendar>,
}

/// Problems of one tariff's rows that are told; further ones have the same causes.
const PROBLEMS_MOST: usize = 50;

/// A row found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub rate: &'a Rate,
    /// Octets of the asked destination that the row's destination fixes; 0 for `*`.
    pub length: usize,
}

impl TariffTable {
    /// Compiles the rows; tells those that cannot stand side by side.
    pub fn build(tariff: &Tariff, catalog: &Catalog, problems: &mut Vec<CatalogProblem>) -> Self {
        let SheetRows { rates: sheet_rates, rows: sheet_rows, problems: bad_lines } =
            rate_sheet::read(&tariff.rate_sheet);
        problems.extend(bad_lines.into_iter().map(|(line, reason)| CatalogProblem {
            object: format!("tariff {}, rate sheet line {line}", tariff.code),
            field: "rate_sheet",
            reason,
        }));
        let shift = tariff.rates.len() as u32;
        let mut digits: Vec<(u64, u32)> = Vec::with_capacity(sheet_rows.len());
        let mut others: Vec<(Place<'_>, u32)> = Vec::new();
        let mut add = |destination, number| match Place::of(destination) {
            Place::Digits(key) => digits.push((key, number)),
            place => others.push((place, number)),
        };
        for (number, rate) in (0..).zip(&tariff.rates) {
            members(rate, catalog).for_each(|destination| add(destination, number));
        }
        sheet_rows.iter().for_each(|(destination, position)| add(destination, shift + position));
        if digits.len() > PREFIXES_MOST {
            let object = format!("tariff {}", tariff.code);
            let reason = format!("has more than {PREFIXES_MOST} rows");
            problems.push(CatalogProblem { object, field: "rate_sheet", reason });
            digits.truncate(PREFIXES_MOST);
        }
        let mut rows =
            Rows { tariff, sheet_rates: &sheet_rates, histories: Vec::new(), problems: Vec::new() };
        let digits = rows.merged(digits, |key| Place::Digits(*key).text());
        let mut any = None;
        let mut names = Vec::new();
        for (place, number) in rows.merged(others, Place::text) {
            match place {
                Place::Name(name) => names.push((name, number)),
                _ => any = Some(number),
            }
        }
        let table = PrefixTable::build(any, &digits, names.into_iter());
        let Rows { histories, problems: mut found, .. } = rows;
        found.truncate(PROBLEMS_MOST);
        problems.append(&mut found);
        let calendar = OffPeakCalendar::of_periods(&tariff.off_peak, catalog);
        let rates = tariff.rates.len() + sheet_rates.len();
        Self { sheet_rates, table, histories, rates, calendar }
    }

    /// Rates that came from the sheet, each once.
    pub fn sheet_rates(&self) -> &[Rate] {
        &self.sheet_rates
    }

    /// The row of the longest destination that is in force.
    pub fn find<'a>(&'a self, tariff: &'a Tariff, asked: &str, at: Instant) -> Option<Row<'a>> {
        self.table.matches(asked).find_map(|(length, value)| {
            let number = match self.history(value) {
                None => value,
                Some(history) => self.in_force(tariff, history, at)?,
            };
            Some(Row { rate: rate(tariff, &self.sheet_rates, number)?, length })
        })
    }

    /// The last row of a history that has begun, unless it has ended.
    fn in_force(&self, tariff: &Tariff, history: &[u32], at: Instant) -> Option<u32> {
        let mut rows = history.iter().rev().filter_map(|n| Some((*n, rate(tariff, &self.sheet_rates, *n)?)));
        let (number, rate) = rows.find(|(_, rate)| rate.effective_from.is_none_or(|from| from.0 <= at))?;
        rate.in_force(at).then_some(number)
    }

    fn history(&self, value: u32) -> Option<&[u32]> {
        self.histories.get((value as usize).checked_sub(self.rates)?).map(|history| &**history)
    }

    /// Whether any row has a date.
    pub fn is_dated(&self) -> bool {
        !self.histories.is_empty()
    }

    /// The first date after `at` on which another row may price the destination.
    pub fn next_date(&self, tariff: &Tariff, asked: &str, at: Instant) -> Option<Instant> {
        let histories = self.table.matches(asked).filter_map(|(_, value)| self.history(value));
        let rates = histories.flatten().filter_map(|number| rate(tariff, &self.sheet_rates, *number));
        let dates = rates.flat_map(|rate| [rate.effective_from, rate.effective_until]);
        dates.flatten().map(|date| date.0).filter(|date| *date > at).min()
    }
}

fn rate<'a>(tariff: &'a Tariff, sheet_rates: &'a [Rate], number: u32) -> Option<&'a Rate> {
    let number = number as usize;
    tariff.rates.get(number).or_else(|| sheet_rates.get(number.checked_sub(tariff.rates.len())?))
}

/// The destinations of a row: its own, or the members of its group.
fn members<'a>(rate: &'a Rate, catalog: &'a Catalog) -> impl Iterator<Item = &'a str> {
    let group =
        rate.group.as_ref().and_then(|code| catalog.destination_groups.iter().find(|g| g.code == *code));
    let own = rate.group.is_none().then_some(rate.destination.as_str());
    own.into_iter().chain(group.into_iter().flat_map(|g| g.prefixes.iter().map(String::as_str)))
}

/// Brings the rows of each destination together.
struct Rows<'a> {
    tariff: &'a Tariff,
    sheet_rates: &'a [Rate],
    histories: Vec<Box<[u32]>>,
    problems: Vec<CatalogProblem>,
}

impl Rows<'_> {
    fn from(&self, number: u32) -> Option<Instant> {
        rate(self.tariff, self.sheet_rates, number)?.effective_from.map(|from| from.0)
    }

    /// One number per destination, in ascending order: a rate's, or that of a history.
    fn merged<K: Ord + Clone>(
        &mut self,
        mut rows: Vec<(K, u32)>,
        text: impl Fn(&K) -> String,
    ) -> Vec<(K, u32)> {
        rows.sort_unstable_by(|(one, a), (other, b)| {
            one.cmp(other).then_with(|| self.from(*a).cmp(&self.from(*b)))
        });
        let dated = |number: u32| {
            let rate = rate(self.tariff, self.sheet_rates, number);
            rate.is_some_and(|r| r.discontinued || r.effective_from.is_some() || r.effective_until.is_some())
        };
        let plain = |pair: &[(K, u32)]| matches!(pair, [(one, _), (other, _)] if one != other);
        if rows.windows(2).all(plain) && !rows.iter().any(|(_, number)| dated(*number)) {
            return rows;
        }
        let mut merged = Vec::with_capacity(rows.len());
        for same in rows.chunk_by(|(one, _), (other, _)| one == other) {
            let (key, number) = match same {
                [] => continue,
                [(key, number)] if !dated(*number) => (key, *number),
                [(key, _), ..] => {
                    let numbers: Box<[u32]> = same.iter().map(|(_, number)| *number).collect();
                    let problems = self.overlaps(&numbers, || text(key));
                    self.problems.extend(problems);
                    self.histories.push(numbers);
                    let rates = self.tariff.rates.len() + self.sheet_rates.len();
                    (key, (rates + self.histories.len() - 1) as u32)
                }
            };
            merged.push((key.clone(), number));
        }
        merged
    }

    /// Rows of one destination follow one another: each ends where the next begins, or earlier.
    fn overlaps(&self, numbers: &[u32], destination: impl Fn() -> String) -> Vec<CatalogProblem> {
        let problem = |pair: &[u32]| {
            let &[earlier, later] = pair else { return None };
            let until = rate(self.tariff, self.sheet_rates, earlier).and_then(|rate| rate.effective_until);
            let (from, next) = (self.from(earlier), self.from(later));
            let (field, reason) = match (next, until) {
                (None, _) => ("destination", "has two rates without a date".to_owned()),
                (Some(date), _) if from == next => {
                    ("effective_from", format!("has two rates from {date} on"))
                }
                (Some(date), Some(until)) if until.0 > date => {
                    ("effective_until", format!("the rate until {} overlaps the one from {date} on", until.0))
                }
                _ => return None,
            };
            let object = format!("tariff {}, rate {}", self.tariff.code, destination());
            Some(CatalogProblem { object, field, reason })
        };
        numbers.windows(2).filter_map(problem).collect()
    }
}
