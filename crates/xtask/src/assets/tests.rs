//! Ceilings hold for the sum, not for each file.

use super::{Asset, check, style_sheet_weight};

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

#[test]
fn style_sheets_of_others_do_not_count_and_their_scripts_do() {
    assert_eq!(check(&[asset("x/vendor/a.css", 99_000), asset("b.css", 1_000)]), vec![]);
    assert_eq!(check(&[asset("x/vendor/a.js", 99_000), asset("b.js", 9_000)]).len(), 1);
}

#[test]
fn a_style_sheet_weighs_what_is_served() {
    let css = "/* why */\nbody {\n  color: red;\n  margin: 0 1px;\n}\n";
    assert_eq!(style_sheet_weight(css), "body{color:red;margin:0 1px;}".len() as u64);
    assert_eq!(style_sheet_weight("nav :hover{}"), "nav :hover{}".len() as u64);
    assert_eq!(style_sheet_weight("a/* open"), 1);
}
