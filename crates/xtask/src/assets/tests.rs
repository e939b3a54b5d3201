//! Ceilings hold for the sum, not for each file.

use super::{Asset, check};

fn asset(path: &str, bytes: u64) -> Asset {
    Asset { path: path.to_owned(), bytes }
}

#[test]
fn two_small_style_sheets_over_the_ceiling_together_are_refused() {
    let found = check(&[asset("a.css", 16_000), asset("b.css", 16_000)]);
    assert_eq!(found.iter().map(|finding| finding.item.as_str()).collect::<Vec<_>>(), [".css"]);
}

#[test]
fn scripts_up_to_the_ceiling_pass_and_the_largest_is_named_above_it() {
    assert_eq!(check(&[asset("a.js", 102_400)]), vec![]);
    let found = check(&[asset("a.js", 60_000), asset("b.js", 61_000), asset("c.png", 9_000_000)]);
    assert_eq!(found.first().map(|finding| finding.file.as_str()), Some("b.js"));
}
