//! What only typst brings is not counted among the rest.

use super::{AIM_WITHOUT_TYPST, PackageCount, check, count};

const LOCK: &str = r#"
version = 4
[[package]]
name = "talea"
version = "0.1.0"
dependencies = ["serde", "typst", "bytes 1.0.0"]
[[package]]
name = "serde"
version = "1.0.0"
source = "registry"
[[package]]
name = "bytes"
version = "1.0.0"
source = "registry"
[[package]]
name = "bytes"
version = "0.5.0"
source = "registry"
[[package]]
name = "typst"
version = "0.14.0"
source = "registry"
dependencies = ["typst-library", "serde", "bytes 0.5.0"]
[[package]]
name = "typst-library"
version = "0.14.0"
source = "registry"
"#;

#[test]
fn packages_that_only_typst_needs_are_left_out() {
    assert_eq!(count(LOCK), Ok(PackageCount { all: 6, without_typst: 3 }));
}

#[test]
fn text_that_is_no_lock_file_is_an_error() {
    assert!(count("x = 1").is_err());
    assert!(count("[[").is_err());
}

#[test]
fn missing_the_aim_warns() {
    assert_eq!(check(PackageCount { all: 900, without_typst: AIM_WITHOUT_TYPST }), vec![]);
    assert_eq!(check(PackageCount { all: 900, without_typst: AIM_WITHOUT_TYPST + 1 }).len(), 1);
}
