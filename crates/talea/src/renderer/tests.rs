#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use calendar::Instant;
use catalog::{CatalogVersion, Snapshot};
use engine::{Clock, Engine};
use office::{
    Actor, InvoiceQuery, NewAccount, NewIdentifier, Office, OperatorSettings, Secrets, SignUp,
    invoice_languages, run_due,
};
use std::num::NonZeroUsize;
use std::time::Duration;

const LOGO: &[u8] = include_bytes!("../../../documents/sample/logo.png");

fn problems(change: impl FnOnce(&mut OperatorSettings)) -> Vec<FieldError> {
    let mut settings = OperatorSettings::default();
    change(&mut settings);
    PdfRenderer::default().problems(&InvoiceLook::of(&settings))
}

fn word(name: &str, text: &str) -> impl FnOnce(&mut OperatorSettings) {
    let (name, text) = (name.to_owned(), text.to_owned());
    move |settings| drop(settings.invoice_words.insert(name, text))
}

/// Every language that comes with the program can be drawn: no label is misspelt, no placeholder unknown.
#[test]
fn every_language_is_complete_and_drawable() {
    for (code, _) in invoice_languages() {
        assert_eq!(problems(|settings| settings.invoice_language = code.to_owned()), vec![], "{code}");
        let settings = OperatorSettings { invoice_language: code.to_owned(), ..OperatorSettings::default() };
        let labels = serde_json::to_value(labels(&InvoiceLook::of(&settings)).unwrap()).unwrap();
        let english = serde_json::to_value(Labels::default()).unwrap();
        let translated =
            labels.as_object().unwrap().iter().filter(|(name, text)| english[name.as_str()] != **text);
        let expected = if code.starts_with("en") { 0..=0 } else { 28..=40 };
        assert!(expected.contains(&translated.count()), "{code}: {labels}");
    }
}

/// What is wrong with the look is told in the field of the settings, in words that say how to mend it.
#[test]
fn a_look_that_cannot_be_drawn_is_refused_in_its_field() {
    let broken = |octets: &'static [u8]| move |s: &mut OperatorSettings| s.logo_png = Some(Logo::new(octets));
    assert_eq!(problems(broken(LOGO)), vec![]);
    for (found, field, words) in [
        (problems(broken(&LOGO[..200])), "logo_png", "must be a PNG picture"),
        (problems(word("amont_due", "x")), "invoice_words", "no word named `amont_due`"),
        (problems(word("page", "{seite}")), "invoice_words", "page: unknown placeholder {seite}"),
        (problems(|s| s.invoice_footer = "x".repeat(2_000)), "invoice_footer", "too large"),
    ] {
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].field, field);
        assert!(found[0].reason.contains(words), "{found:?}");
    }
}

/// Operators find the name of every word in the guide.
#[test]
fn the_guide_names_every_word() {
    let guide = include_str!("../../../../docs/guide/invoices.md");
    let look = InvoiceLook::of(&OperatorSettings::default());
    for words in
        [serde_json::to_value(&look.words).unwrap(), serde_json::to_value(Labels::default()).unwrap()]
    {
        for name in words.as_object().unwrap().keys() {
            assert!(guide.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}

const CUSTOMERS: usize = 40;

/// A month end with real PDFs and a logo, so many drawn at a time: how long the invoices took, and each with its number.
fn month_end(at_once: usize) -> (Duration, Vec<(String, Vec<u8>)>) {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(testkit::books::open(directory.path()).unwrap());
    let catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
    let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
    let clock = Clock::starting_at(Instant::parse("2026-06-01T08:00:00Z").unwrap());
    let engine = Engine::start(store, snapshot, clock, engine::Config::default()).unwrap();
    let office = Office::new(engine, Secrets::ephemeral().unwrap(), Arc::new(PdfRenderer::default()));
    let (admin, logo_png) = (Actor::System("test"), Some(Logo::new(LOGO)));
    office.save_settings(&admin, &OperatorSettings { logo_png, ..OperatorSettings::default() }).unwrap();
    office.draw_invoices_at_once(NonZeroUsize::new(at_once).unwrap());
    for number in 0..CUSTOMERS {
        let value = format!("user{number}");
        let account = NewAccount {
            product: "homeconnect-plus".to_owned(),
            identifiers: vec![NewIdentifier { realm: "user".to_owned(), value: value.clone() }],
            ..NewAccount::default()
        };
        office.sign_up(&admin, SignUp { account: Some(account), ..SignUp::named(&value) }, None).unwrap();
    }
    office.clock().advance_to(Instant::parse("2026-07-01T00:00:01Z").unwrap());
    let start = std::time::Instant::now();
    assert_eq!(run_due(&office).unwrap().invoiced, u64::try_from(CUSTOMERS).unwrap());
    let took = start.elapsed();
    let rows = office.invoices(&InvoiceQuery { limit: 100, ..InvoiceQuery::default() }).unwrap().items;
    let pdfs = rows.iter().map(|row| (row.number.clone(), office.invoice_pdf(row.id).unwrap()));
    let mut pdfs: Vec<_> = pdfs.collect();
    pdfs.sort();
    office.engine().stop();
    (took, pdfs)
}

/// However many are drawn at a time, a month end makes the same files with the same numbers.
#[test]
fn a_month_end_makes_the_same_files_on_one_core_and_on_several() {
    let (alone, one_by_one) = month_end(1);
    let (together, side_by_side) = month_end(4);
    println!("{CUSTOMERS} invoices: {alone:?} one by one, {together:?} four at a time");
    assert_eq!(one_by_one.len(), CUSTOMERS);
    assert!(one_by_one == side_by_side);
}
