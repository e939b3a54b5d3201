//! The operations, one file per family. Each decodes, asks the office, encodes.

pub(crate) mod accounts;
pub(crate) mod catalogue;
pub(crate) mod charges;
pub(crate) mod clock;
pub(crate) mod connectors;
pub(crate) mod customers;
pub(crate) mod deliveries;
pub(crate) mod exchange_rates;
pub(crate) mod imports;
pub(crate) mod invoices;
pub(crate) mod limits;
pub(crate) mod logins;
pub(crate) mod money;
pub(crate) mod network;
pub(crate) mod nodes;
pub(crate) mod overview;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod records;
pub(crate) mod refunds;
pub(crate) mod reratings;
pub(crate) mod resellers;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod tokens;
pub(crate) mod traces;
pub(crate) mod vouchers;

use crate::http::problem::Problem;
use office::IdempotencyKey;

/// The value of a word in a request; the words that there are, otherwise.
pub(crate) fn choice<T: Copy>(field: &str, given: &str, words: &[(&str, T)]) -> Result<T, Problem> {
    words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let given = crate::wire::shortened(given);
        Problem::field(field, format!("\"{given}\" is none of: {}", known.join(", ")))
    })
}

/// As [`choice`], for words that may be left out.
pub(crate) fn optional<T: Copy>(
    field: &str,
    given: Option<&str>,
    words: &[(&str, T)],
) -> Result<Option<T>, Problem> {
    given.map(|given| choice(field, given, words)).transpose()
}

/// The key of one step of an operation that takes several office calls.
pub(crate) fn step(key: Option<&IdempotencyKey>, name: &str) -> Option<IdempotencyKey> {
    key.map(|key| key.step(name))
}
