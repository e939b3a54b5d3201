//! Every fixed word on a document, so that an operator can say it in his customers' language and tone.

use serde::{Deserialize, Serialize};

use crate::DocumentError;

/// Longest label, in characters.
pub const MAX_LABEL_CHARS: usize = 120;

/// Declares the labels once: field, the placeholders it may hold, its default.
macro_rules! labels {
    ($($(#[doc = $doc:literal])+ $field:ident [$($placeholder:literal),*] = $default:literal;)+) => {
        /// The fixed words. Some hold placeholders such as `{date}`, each label those that its description names;
        /// anything else in braces is refused, so that a misspelt one is found when the style is saved.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Labels {
            $($(#[doc = $doc])+ pub $field: String,)+
        }

        impl Default for Labels {
            fn default() -> Self {
                Self { $($field: $default.to_owned(),)+ }
            }
        }

        impl Labels {
            /// Every label: its name, its text, the placeholders it may hold.
            fn each(&self) -> Vec<(&'static str, &str, &'static [&'static str])> {
                vec![$((stringify!($field), self.$field.as_str(), &[$($placeholder),*])),+]
            }
        }
    };
}

labels! {
    /// Above the customer's address.
    billed_to [] = "Billed to";
    /// The document's number.
    number [] = "Number";
    /// The customer's number.
    customer_number [] = "Customer number";
    /// The date of issue.
    issue_date [] = "Issue date";
    /// The billing period.
    billing_period [] = "Billing period";
    /// The period itself, from `{from}` to `{to}`.
    period_range ["from", "to"] = "{from} – {to}";
    /// The due date.
    due_date [] = "Due date";
    /// A party's tax number `{id}`.
    tax_id ["id"] = "Tax ID {id}";
    /// An amount with its currency: `{currency}` and `{amount}`.
    money ["currency", "amount"] = "{currency} {amount}";
    /// Above the large amount.
    amount_due [] = "Amount due";
    /// Below the large amount, with the due `{date}`.
    pay_by ["date"] = "Please pay by {date}";
    /// Below the large amount when nothing is to be paid.
    nothing_to_pay [] = "Nothing to pay. Thank you.";
    /// What was owed before.
    previous_balance [] = "Previous balance";
    /// What was paid since.
    payments_received [] = "Payments received";
    /// This document among older debts; `{title}` is its title in lower case.
    this_document ["title"] = "This {title}";
    /// The sum of the charges in the amount box.
    charges [] = "Charges";
    /// The total in the amount box.
    total [] = "Total";
    /// The last line of the amount box, in `{currency}`.
    amount_due_in ["currency"] = "Amount due ({currency})";
    /// Column: what was delivered.
    description [] = "Description";
    /// Column: when.
    period [] = "Period or date";
    /// Column: how much.
    quantity [] = "Quantity";
    /// Column: price of one unit.
    unit_price [] = "Unit price";
    /// Column: what it costs, in `{currency}`.
    amount ["currency"] = "Amount ({currency})";
    /// The title of a `{section}` on its second and later pages.
    section_continued ["section"] = "{section} (continued)";
    /// The sum of a `{section}`.
    section_subtotal ["section"] = "Subtotal {section}";
    /// The sum of all sections.
    subtotal [] = "Subtotal";
    /// Total of this document; `{title}` is its title in lower case.
    total_of_document ["title"] = "Total {title}";
    /// The last line of the totals, with the due `{date}`.
    amount_due_by ["date"] = "Amount due by {date}";
    /// Above the remarks.
    notes [] = "Notes";
    /// Above the payment instructions.
    how_to_pay [] = "How to pay";
    /// Before the operator's e-mail and telephone.
    questions [] = "Questions?";
    /// Who is paid.
    pay_to [] = "Pay to";
    /// What a payment quotes.
    reference [] = "Reference";
    /// Head of the second and later pages: `{title}`, `{number}` and the customer's number `{customer}`.
    page_head ["title", "number", "customer"] = "{title} {number}  ·  Customer {customer}";
    /// Foot of every page: `{page}` and `{pages}`.
    page ["page", "pages"] = "Page {page} of {pages}";
}

impl Labels {
    /// Refuses labels that are too long or hold a placeholder that nobody fills.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        for (name, text, known) in self.each() {
            let field = || format!("style.labels.{name}");
            let found = text.chars().count();
            if found > MAX_LABEL_CHARS {
                return Err(DocumentError::TooLarge { what: field(), found, limit: MAX_LABEL_CHARS });
            }
            let Some(unknown) = placeholders(text).into_iter().find(|found| !known.contains(found)) else {
                continue;
            };
            let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
            let expected = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let reason = format!("unknown placeholder {{{unknown}}}; this label has {expected}");
            return Err(DocumentError::invalid(field(), reason));
        }
        Ok(())
    }
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
