//! The publications of the sample operator: the same objects at other prices.

use catalog::{Catalog, CatalogVersion, Snapshot};
use std::sync::{Arc, OnceLock};

/// Prices of the tariffs that change from one publication to the next: text in the first, then in the others.
const CHANGES: [(&str, [&str; 2]); 3] = [
    (
        "first_price = \"0.02\", first_interval = 1000000",
        [
            "first_price = \"0.03\", first_interval = 500000",
            "first_price = \"0.017\", first_interval = 1000000",
        ],
    ),
    (
        "first_price = \"0.10\", first_interval = 60",
        ["first_price = \"0.12\", first_interval = 60", "first_price = \"0.08\", first_interval = 30"],
    ),
    ("first_price = \"3.99\"", ["first_price = \"4.49\"", "first_price = \"2.99\""]),
];

/// The publications in their order; compiled once for all runs. Empty when the sample is wrong, which a test would say.
pub fn publications() -> &'static [Arc<Snapshot>] {
    static ALL: OnceLock<Vec<Arc<Snapshot>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let first = include_str!("catalog.toml");
        let changed = |which: usize| {
            CHANGES.iter().fold(first.to_owned(), |text, (was, becomes)| {
                text.replace(was, becomes.get(which).copied().unwrap_or(was))
            })
        };
        let mut all: Vec<Arc<Snapshot>> = Vec::new();
        for (version, text) in (1..).zip([first.to_owned(), changed(0), changed(1)]) {
            let Ok(catalog) = toml::from_str::<Catalog>(&text) else { break };
            let previous = all.last().map(|last| &**last);
            let Ok(snapshot) = Snapshot::compile(catalog, CatalogVersion(version), previous) else { break };
            all.push(Arc::new(snapshot));
        }
        all
    })
}
