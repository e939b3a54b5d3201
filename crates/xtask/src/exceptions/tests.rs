//! Exceptions silence what they name, nothing else, and must say why.

use super::{apply, parse};
use crate::finding::Finding;

const ONE: &str = "[[allow]]\nrule = \"function-size\"\nfile = \"crates/a/src/b.rs\"\nitem = \"table\"\nreason = \"one line per code of the standard\"\n";

fn finding(item: &str) -> Finding {
    Finding::deny("crates/a/src/b.rs", 1, "function-size", item, "shorten it".to_owned())
}

#[test]
fn only_the_named_item_is_excused() {
    let exceptions = parse(ONE).unwrap();
    let left = apply(vec![finding("table"), finding("other")], &exceptions);
    assert_eq!(left, vec![finding("other")]);
}

#[test]
fn a_folder_excuses_every_file_in_it() {
    let exceptions = parse(&ONE.replace("src/b.rs", "src/").replace("item = \"table\"\n", "")).unwrap();
    assert_eq!(apply(vec![finding("x")], &exceptions), vec![]);
}

#[test]
fn an_entry_without_reason_or_rule_is_an_error() {
    assert!(parse(&ONE.replace("one line per code of the standard", "long")).is_err());
    assert!(parse(&ONE.replace("rule", "ruler")).is_err());
    assert_eq!(parse("# nothing yet\n"), Ok(vec![]));
}

#[test]
fn an_entry_that_excuses_nothing_is_a_finding() {
    let left = apply(vec![], &parse(ONE).unwrap());
    assert_eq!(left.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["idle-exception"]);
}
