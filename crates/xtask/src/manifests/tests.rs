//! A manifest that leaves the workspace's settings is seen.

use super::check;

const GOOD: &str = "[package]\nname = \"money\"\nversion.workspace = true\nedition.workspace = true\n\
    license.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n";

fn items(path: &str, text: &str) -> Vec<String> {
    check(path, text).into_iter().map(|finding| finding.item).collect()
}

#[test]
fn a_manifest_of_the_house_passes() {
    assert_eq!(check("crates/money/Cargo.toml", GOOD), vec![]);
}

#[test]
fn missing_lints_own_edition_and_another_folder_name_are_each_refused() {
    assert_eq!(items("crates/money/Cargo.toml", &GOOD.replace("[lints]\nworkspace = true\n", "")), ["lints"]);
    assert_eq!(
        items("crates/money/Cargo.toml", &GOOD.replace("edition.workspace = true", "edition = \"2021\"")),
        ["edition"]
    );
    assert_eq!(items("crates/cash/Cargo.toml", GOOD), ["name"]);
}

#[test]
fn text_that_is_not_toml_is_one_finding_and_no_panic() {
    assert_eq!(check("crates/money/Cargo.toml", "[package").len(), 1);
}
