//! The lines of an invoice, computed from the charges of its period.
//!
//! Monthly fees first, then one section per service in the order of their names: use summed up per account (or session by
//! session), then purchases one by one in order of time; last what was given back. The total is the sum of all charges given, nothing else.

use crate::quantity::{days_text, quantity_text};
use crate::{BillingError, InvoiceWords};
use calendar::Instant;
use catalog::Unit;
use charging::{Explanation, FeeWhy, Xdr, XdrKind};
use money::Amount;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One xDR of the period, with the names people know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeFact {
    /// Session, purchase or recurring fee.
    pub kind: XdrKind,
    /// Name of the service; empty for fees.
    pub service: String,
    /// The account as the customer knows it: a number, a user name.
    pub account: String,
    /// `HBO monthly fee`, a film's title; empty for sessions.
    pub description: String,
    /// Units used; days held for a fee.
    pub units: u64,
    /// Days of the whole period, for a fee.
    pub of_days: u64,
    /// Why a fee is charged or credited.
    #[serde(default)]
    pub why: FeeWhy,
    /// Unit of `units`; `None` for fees.
    pub unit: Option<Unit>,
    /// The charge.
    pub amount: Amount,
    /// Beginning of the use, or of the days a fee is for.
    pub started_at: Instant,
    /// End of the use, or of the days a fee is for (exclusive).
    pub ended_at: Instant,
}

/// How use is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageDetail {
    /// One line per account and service.
    #[default]
    Summary,
    /// One line per session.
    EachSession,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Recurring fees.
    Fees,
    /// One service.
    Service,
}

/// The computed content of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceDraft {
    /// Sections with at least one line, in the order of printing.
    pub sections: Vec<InvoiceSection>,
    /// Sum of the sections.
    pub total: Amount,
}

/// Lines that are summed up together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSection {
    /// Fees or a service.
    pub kind: SectionKind,
    /// Heading.
    pub title: String,
    /// Lines in the order of printing.
    pub lines: Vec<InvoiceLine>,
    /// Sum of the lines.
    pub subtotal: Amount,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The account as the customer knows it.
    pub account: String,
    /// What was delivered.
    pub description: String,
    /// How much, in words.
    pub quantity: String,
    /// How many charges are summed up here.
    pub count: u64,
    /// Units of all of them; days for a fee.
    pub units: u64,
    /// Unit of `units`; `None` for fees.
    pub unit: Option<Unit>,
    /// Beginning of the first use, or of a fee's days.
    pub from: Instant,
    /// End of the last use, or of a fee's days (exclusive).
    pub to: Instant,
    /// What it costs.
    pub amount: Amount,
}

impl ChargeFact {
    /// The fact of an xDR, with the service's and the account's names.
    pub fn of(xdr: &Xdr, service: &str, account: &str) -> Self {
        let (of_days, why) = match &xdr.explanation {
            Explanation::Recurring { of_days, why, .. } => (u64::from(*of_days), *why),
            _ => (0, FeeWhy::default()),
        };
        Self {
            kind: xdr.kind,
            service: service.to_owned(),
            account: account.to_owned(),
            description: xdr.description.clone(),
            units: xdr.units,
            of_days,
            why,
            unit: xdr.unit,
            amount: xdr.amount,
            started_at: xdr.started_at,
            ended_at: xdr.ended_at,
        }
    }

    fn line(&self, words: &InvoiceWords) -> InvoiceLine {
        let quantity = match (self.kind, self.unit) {
            (XdrKind::RecurringFee, _) if self.of_days == 0 => String::new(),
            (XdrKind::RecurringFee, _) => days_text(self.units, self.of_days, words),
            (_, Some(unit)) => quantity_text(self.units, unit, words),
            (_, None) => String::new(),
        };
        let description = match (self.kind, self.description.is_empty()) {
            (XdrKind::RecurringFee, false) => words.fee(&self.description, self.why),
            (_, false) => self.description.clone(),
            (XdrKind::Session, true) => words.one_session.clone(),
            (_, true) => self.service.clone(),
        };
        InvoiceLine {
            account: self.account.clone(),
            description,
            quantity,
            count: 1,
            units: self.units,
            unit: self.unit,
            from: self.started_at,
            to: self.ended_at,
            amount: self.amount,
        }
    }
}

impl InvoiceDraft {
    /// The invoice of these charges. Sessions that used nothing and cost nothing are left out. Errors: sums out of range.
    pub fn of(facts: &[ChargeFact], detail: UsageDetail, words: &InvoiceWords) -> Result<Self, BillingError> {
        let fees = facts.iter().filter(|fact| fact.kind == XdrKind::RecurringFee);
        let fees = fees.map(|fact| fact.line(words)).collect();
        let mut sections = vec![(SectionKind::Fees, words.monthly_fees.as_str(), fees)];
        let mut services: BTreeMap<&str, Vec<&ChargeFact>> = BTreeMap::new();
        let mut amended = Vec::new();
        for fact in facts {
            match fact.kind {
                XdrKind::RecurringFee => {}
                XdrKind::Refund | XdrKind::Correction => amended.push(fact.line(words)),
                XdrKind::Session | XdrKind::Event | XdrKind::TopUp | XdrKind::Wholesale => {
                    services.entry(&fact.service).or_default().push(fact);
                }
            }
        }
        for (service, facts) in services {
            let title = if service.is_empty() { &words.other_services } else { service };
            sections.push((SectionKind::Service, title, service_lines(&facts, detail, words)?));
        }
        sections.push((SectionKind::Service, words.amended.as_str(), amended));
        let filled = sections.into_iter().filter(|(_, _, lines): &(_, _, Vec<_>)| !lines.is_empty());
        let sections: Vec<InvoiceSection> =
            filled.map(|(kind, title, lines)| section(kind, title, lines)).collect::<Result<_, _>>()?;
        let total = sections.iter().try_fold(Amount::ZERO, |sum, section| sum.plus(section.subtotal))?;
        Ok(Self { sections, total })
    }
}

fn section(kind: SectionKind, title: &str, lines: Vec<InvoiceLine>) -> Result<InvoiceSection, BillingError> {
    let subtotal = lines.iter().try_fold(Amount::ZERO, |sum, line| sum.plus(line.amount))?;
    Ok(InvoiceSection { kind, title: title.to_owned(), lines, subtotal })
}

/// Use first, then purchases in order of time.
fn service_lines(
    facts: &[&ChargeFact],
    detail: UsageDetail,
    words: &InvoiceWords,
) -> Result<Vec<InvoiceLine>, BillingError> {
    // A reseller's use is that of his customers.
    let used = |fact: &&&ChargeFact| {
        matches!(fact.kind, XdrKind::Session | XdrKind::Wholesale)
            && (fact.units > 0 || !fact.amount.is_zero())
    };
    let mut sessions: Vec<&ChargeFact> = facts.iter().filter(used).copied().collect();
    sessions.sort_by_key(|fact| fact.started_at);
    let mut purchases: Vec<&ChargeFact> =
        facts.iter().filter(|f| matches!(f.kind, XdrKind::Event | XdrKind::TopUp)).copied().collect();
    purchases.sort_by_key(|fact| fact.started_at);
    let mut lines = match detail {
        UsageDetail::EachSession => sessions.into_iter().map(|fact| fact.line(words)).collect(),
        UsageDetail::Summary => summed_up(&sessions, words)?,
    };
    lines.extend(purchases.into_iter().map(|fact| fact.line(words)));
    Ok(lines)
}

/// One line per account and unit, accounts in the order of their first use.
fn summed_up(sessions: &[&ChargeFact], words: &InvoiceWords) -> Result<Vec<InvoiceLine>, BillingError> {
    let mut lines: Vec<InvoiceLine> = Vec::new();
    for fact in sessions {
        match lines.iter_mut().find(|line| line.account == fact.account && line.unit == fact.unit) {
            None => lines.push(fact.line(words)),
            Some(line) => {
                line.count += 1;
                line.units = line.units.saturating_add(fact.units);
                line.to = line.to.max(fact.ended_at);
                line.amount = line.amount.plus(fact.amount)?;
            }
        }
    }
    for line in &mut lines {
        line.description = words.counted(line.count, &words.session, &words.sessions);
        line.quantity = line.unit.map_or_else(String::new, |unit| quantity_text(line.units, unit, words));
    }
    Ok(lines)
}
