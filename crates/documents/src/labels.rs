//! Every fixed word on a document, so that an operator can say it in his customers' language and tone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::DocumentError;
use crate::limits::bounded;

/// Longest label, in characters.
pub const MAX_LABEL_CHARS: usize = 120;

/// The fixed words. Some hold placeholders such as `{date}`, each label those of its default text; anything else in braces
/// is refused, so that a misspelt one is found when the style is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// Above the customer's address.
    pub billed_to: String,
    /// The document's number.
    pub number: String,
    /// The customer's number.
    pub customer_number: String,
    /// The date of issue.
    pub issue_date: String,
    /// The billing period.
    pub billing_period: String,
    /// The period itself, from `{from}` to `{to}`.
    pub period_range: String,
    /// The due date.
    pub due_date: String,
    /// A party's tax number `{id}`.
    pub tax_id: String,
    /// An amount with its currency: `{currency}` and `{amount}`.
    pub money: String,
    /// Above the large amount.
    pub amount_due: String,
    /// Below the large amount, with the due `{date}`.
    pub pay_by: String,
    /// Below the large amount when nothing is to be paid.
    pub nothing_to_pay: String,
    /// What was owed before.
    pub previous_balance: String,
    /// What was paid since.
    pub payments_received: String,
    /// This document among older debts; `{title}` is its title in lower case.
    pub this_document: String,
    /// The sum of the charges in the amount box.
    pub charges: String,
    /// The total in the amount box.
    pub total: String,
    /// The last line of the amount box, in `{currency}`.
    pub amount_due_in: String,
    /// Column: what was delivered.
    pub description: String,
    /// Column: when.
    pub period: String,
    /// Column: how much.
    pub quantity: String,
    /// Column: price of one unit.
    pub unit_price: String,
    /// Column: what it costs, in `{currency}`.
    pub amount: String,
    /// The title of a `{section}` on its second and later pages.
    pub section_continued: String,
    /// The sum of a `{section}`.
    pub section_subtotal: String,
    /// The sum of all sections.
    pub subtotal: String,
    /// The same where taxes follow: the sum without them.
    pub net: String,
    /// Total of this document; `{title}` is its title in lower case.
    pub total_of_document: String,
    /// The last line of the totals, with the due `{date}`.
    pub amount_due_by: String,
    /// Above the remarks.
    pub notes: String,
    /// Above the payment instructions.
    pub how_to_pay: String,
    /// Before the operator's e-mail and telephone.
    pub questions: String,
    /// Who is paid.
    pub pay_to: String,
    /// What a payment quotes.
    pub reference: String,
    /// Head of the second and later pages: `{title}`, `{number}` and the customer's number `{customer}`.
    pub page_head: String,
    /// Foot of every page: `{page}` and `{pages}`.
    pub page: String,
}

impl Default for Labels {
    fn default() -> Self {
        let words = str::to_owned;
        Self {
            billed_to: words("Billed to"),
            number: words("Number"),
            customer_number: words("Customer number"),
            issue_date: words("Issue date"),
            billing_period: words("Billing period"),
            period_range: words("{from} – {to}"),
            due_date: words("Due date"),
            tax_id: words("Tax ID {id}"),
            money: words("{currency} {amount}"),
            amount_due: words("Amount due"),
            pay_by: words("Please pay by {date}"),
            nothing_to_pay: words("Nothing to pay. Thank you."),
            previous_balance: words("Previous balance"),
            payments_received: words("Payments received"),
            this_document: words("This {title}"),
            charges: words("Charges"),
            total: words("Total"),
            amount_due_in: words("Amount due ({currency})"),
            description: words("Description"),
            period: words("Period or date"),
            quantity: words("Quantity"),
            unit_price: words("Unit price"),
            amount: words("Amount ({currency})"),
            section_continued: words("{section} (continued)"),
            section_subtotal: words("Subtotal {section}"),
            subtotal: words("Subtotal"),
            net: words("Net amount"),
            total_of_document: words("Total {title}"),
            amount_due_by: words("Amount due by {date}"),
            notes: words("Notes"),
            how_to_pay: words("How to pay"),
            questions: words("Questions?"),
            pay_to: words("Pay to"),
            reference: words("Reference"),
            page_head: words("{title} {number}  ·  Customer {customer}"),
            page: words("Page {page} of {pages}"),
        }
    }
}

impl Labels {
    /// Refuses labels that are too long or hold a placeholder that nobody fills.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let defaults = Self::default().by_name()?;
        for (name, text) in self.by_name()? {
            let known = placeholders(defaults.get(&name).map_or("", String::as_str));
            check_label(&format!("style.labels.{name}"), &text, &known)?;
        }
        Ok(())
    }

    /// Every label, so that a new one can't be forgotten here.
    fn by_name(&self) -> Result<BTreeMap<String, String>, DocumentError> {
        let labels = serde_json::to_value(self).and_then(serde_json::from_value);
        labels.map_err(|error| DocumentError::Drawing(error.to_string()))
    }
}

fn check_label(field: &str, text: &str, known: &[&str]) -> Result<(), DocumentError> {
    bounded(field, text.chars().count(), MAX_LABEL_CHARS)?;
    let Some(unknown) = placeholders(text).into_iter().find(|found| !known.contains(found)) else {
        return Ok(());
    };
    let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
    let expected = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let reason = format!("unknown placeholder {{{unknown}}}; this label has {expected}");
    Err(DocumentError::invalid(field, reason))
}

/// Puts `values` into the placeholders of a label, in one pass: braces within a value stay as they are.
pub(crate) fn fill(label: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(label.len());
    let mut rest = label;
    while let Some((before, name, after)) = next_placeholder(rest) {
        filled.push_str(before);
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn placeholders(label: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = label;
    while let Some((_, name, after)) = next_placeholder(rest) {
        found.push(name);
        rest = after;
    }
    found
}

/// What precedes the next placeholder, its name, what follows it.
pub(crate) fn next_placeholder(label: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = label.split_once('{')?;
    let (name, after) = opened.split_once('}')?;
    Some((before, name, after))
}
