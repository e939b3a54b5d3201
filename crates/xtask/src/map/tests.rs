//! Every crate must stand on the map under its whole name.

use super::check;

#[test]
fn a_crate_that_only_begins_like_another_is_missing() {
    let crates = ["talea".to_owned(), "talea-load".to_owned(), "radius".to_owned()];
    let found = check(Some("`talea-load` fills it; `front-radius` serves\n"), &crates);
    let names: Vec<&str> = found.iter().map(|finding| finding.item.as_str()).collect();
    assert_eq!(names, ["talea", "radius"]);
}

#[test]
fn no_map_is_one_finding() {
    assert_eq!(check(None, &["talea".to_owned()]).len(), 1);
}
