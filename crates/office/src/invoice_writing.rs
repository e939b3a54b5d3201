//! From the facts of a closed period to the content of its invoice: pure, the sums come from the books.

use crate::OperatorSettings;
use crate::invoice_content::{
    InvoiceContent, InvoiceContentLine, InvoiceContentSection, InvoiceContentTax, InvoiceFigures,
    InvoiceParty, TaxFigure,
};
use crate::invoice_look::InvoiceLook;
use billing::{
    BillingError, ChargeFact, InvoiceDraft, InvoiceLine, InvoiceSection, InvoiceWords, SectionKind, TaxLine,
    TaxTerms, Taxed, UsageDetail,
};
use calendar::{BillingZone, Instant};
use catalog::{Snapshot, TaxedPrices, Unit};
use charging::{AccountId, Explanation, FeeWhy, Head, Payment, XdrKind};
use money::{Amount, Currency, MoneyError};
use std::collections::HashMap;
use std::sync::Arc;
use store::{ChargeRow, CustomerRecord, PeriodRow};

/// What an invoice is written from.
pub(crate) struct InvoiceFacts<'a> {
    pub number: &'a str,
    pub period: &'a PeriodRow,
    pub net_days: u16,
    pub draft: InvoiceDraft,
    pub figures: InvoiceFigures,
    /// Whether there was an invoice before.
    pub first: bool,
    pub currency: Currency,
    pub zone: &'a BillingZone,
    pub operator: &'a OperatorSettings,
    pub look: Arc<InvoiceLook>,
    pub customer: &'a CustomerRecord,
}

/// The sections and total of a period's charges.
pub(crate) fn draft(
    charges: &[ChargeRow],
    catalog: &Snapshot,
    labels: &HashMap<AccountId, String>,
    words: &InvoiceWords,
) -> Result<InvoiceDraft, BillingError> {
    let facts: Vec<ChargeFact> = charges.iter().map(|charge| fact(charge, catalog, labels, words)).collect();
    InvoiceDraft::of(&facts, UsageDetail::Summary, words)
}

/// The taxes on a period's charges; what prepaid customers pay includes them.
pub(crate) fn taxes(
    charges: &[ChargeRow],
    catalog: &Snapshot,
    head: &Head,
) -> Result<Vec<TaxLine>, MoneyError> {
    let Some(terms) = catalog.taxes().filter(|_| !head.tax_exempt) else { return Ok(Vec::new()) };
    let charge = |charge: &ChargeRow| {
        let product = charge.product.and_then(|id| catalog.product_by_id(id));
        let service = charge.service.and_then(|id| catalog.service_by_id(id));
        (catalog.tax_category(product, service), charge.span.0, charge.amount)
    };
    let charges = charges.iter().map(charge);
    let charges: Vec<Taxed<'_>> =
        charges.map(|(category, at, amount)| Taxed { category, at, amount }).collect();
    let included = head.payment == Payment::Prepaid || terms.prices == TaxedPrices::Gross;
    let terms = TaxTerms { catalog, class: head.class, included, places: head.currency.exponent() };
    billing::taxes(&charges, terms)
}

fn fact(
    charge: &ChargeRow,
    catalog: &Snapshot,
    labels: &HashMap<AccountId, String>,
    words: &InvoiceWords,
) -> ChargeFact {
    let service = charge.service.and_then(|id| catalog.service_by_id(id)).map(|s| s.name.clone());
    let account = charge.account.and_then(|id| labels.get(&id).cloned());
    let explanation = charge.explanation.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let (of_days, why) = match explanation {
        Some(Explanation::Recurring { of_days, why, .. }) => (u64::from(of_days), why),
        _ => (charge.units, FeeWhy::default()),
    };
    let description = match charge.kind {
        XdrKind::Session => String::new(),
        _ if charge.count > 1 => words.further_purchases.replace("{count}", &charge.count.to_string()),
        _ if charge.description.is_empty() => charge.destination.clone(),
        _ => charge.description.clone(),
    };
    ChargeFact {
        kind: charge.kind,
        service: service.unwrap_or_default(),
        account: account.unwrap_or_default(),
        description,
        units: charge.units,
        of_days,
        why,
        unit: charge.unit,
        amount: charge.amount,
        started_at: charge.span.0,
        ended_at: charge.span.1,
    }
}

/// The finished content.
pub(crate) fn write(facts: InvoiceFacts<'_>) -> InvoiceContent {
    let InvoiceFacts {
        number,
        period,
        net_days,
        draft,
        figures,
        first,
        currency,
        zone,
        operator,
        look,
        customer,
    } = facts;
    let words = &look.words;
    let places = currency.exponent();
    let (from, to) = billing::period_dates(period.start, period.end, zone);
    let (period_from, period_to) = words.date_pair(from, to);
    let issued = zone.date(figures.issued_at);
    let movements = [figures.payments, figures.refunds, figures.adjustments];
    let received = movements.iter().fold(Amount::ZERO, |sum, moved| sum.saturating_plus(*moved));
    let moved = movements.iter().any(|moved| !moved.is_zero());
    // What is in that sum beside payments.
    let remarks = [(figures.refunds, &words.refunds), (figures.adjustments, &words.corrections)];
    let told = |(amount, words_of): &(Amount, &String)| {
        let amount = format!("{currency} {}", words.money(*amount, places));
        words_of.replace("{amount}", &amount)
    };
    let mut notes: Vec<String> = remarks.iter().filter(|(sum, _)| !sum.is_zero()).map(told).collect();
    notes.extend(operator.invoice_notes.iter().cloned());
    // Accounts are named on the lines only where there is more than one.
    let mut accounts: Vec<&str> =
        draft.sections.iter().flat_map(|s| &s.lines).map(|l| l.account.as_str()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let several = accounts.len() > 1;
    let teller = Teller { words, places, zone, several };
    let sections = draft.sections.iter().map(|section| teller.section(section)).collect();
    InvoiceContent {
        title: words.title.clone(),
        number: number.to_owned(),
        dated: (issued.year(), issued.month(), issued.day()),
        issue_date: words.date(issued),
        due_date: words.date(billing::due_date(figures.issued_at, net_days, zone)),
        period_from,
        period_to,
        currency,
        operator: operator.party(),
        customer: customer_party(customer),
        customer_number: customer.number.clone(),
        sections,
        subtotal: words.money(figures.net(), places),
        taxes: figures.taxes.iter().map(|tax| tax_row(tax, words, places)).collect(),
        total: words.money(figures.total, places),
        previous_balance: (!first).then(|| words.money(figures.previous_balance, places)),
        payments_received: (!first || moved).then(|| {
            let out = Amount::ZERO.saturating_minus(received);
            words.money(out, places)
        }),
        amount_due: words.money(figures.amount_due, places),
        payable: figures.amount_due.is_positive(),
        payment_instructions: operator.payment_instructions.clone(),
        notes,
        figures,
        look,
    }
}

fn tax_row(tax: &TaxFigure, words: &InvoiceWords, places: u8) -> InvoiceContentTax {
    InvoiceContentTax {
        name: words.tax(&tax.name, tax.percent),
        net: words.money(tax.net, places),
        amount: words.money(tax.tax, places),
    }
}

fn customer_party(customer: &CustomerRecord) -> InvoiceParty {
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    InvoiceParty {
        name: customer.name.clone(),
        address: customer.address.lines().filter_map(filled).collect(),
        email: filled(&customer.email),
        phone: filled(&customer.phone),
        tax_id: None,
        website: None,
    }
}

/// What every line needs.
struct Teller<'a> {
    words: &'a InvoiceWords,
    places: u8,
    zone: &'a BillingZone,
    /// Lines name their account.
    several: bool,
}

impl Teller<'_> {
    fn section(&self, section: &InvoiceSection) -> InvoiceContentSection {
        let fees = section.kind == SectionKind::Fees;
        InvoiceContentSection {
            title: section.title.clone(),
            fees,
            lines: section.lines.iter().map(|line| self.line(line, fees)).collect(),
            subtotal: self.words.money(section.subtotal, self.places),
            subtotal_amount: section.subtotal,
        }
    }

    fn line(&self, line: &InvoiceLine, fee: bool) -> InvoiceContentLine {
        let purchase = !fee && line.unit == Some(Unit::Event) && line.count == 1;
        let period = if purchase {
            self.moment(line.from)
        } else {
            let (first, last) = billing::period_dates(line.from, line.to, self.zone);
            self.words.date_range(first, last)
        };
        let named = self.several && !line.account.is_empty() && !line.description.contains(&line.account);
        let amount = self.words.money(line.amount, self.places);
        InvoiceContentLine {
            description: if named {
                format!("{}, {}", line.description, line.account)
            } else {
                line.description.clone()
            },
            period,
            quantity: line.quantity.clone(),
            unit_price: if purchase && line.units == 1 { amount.clone() } else { String::new() },
            amount,
            amount_value: line.amount,
            account: line.account.clone(),
            from: line.from,
            to: line.to,
        }
    }

    /// `20 June 2026 20:31` there.
    fn moment(&self, at: Instant) -> String {
        let Some(moment) = at.to_jiff() else { return at.to_string() };
        let moment = self.zone.jiff().to_datetime(moment);
        format!("{} {}", self.words.date(moment.date()), moment.strftime("%H:%M"))
    }
}
