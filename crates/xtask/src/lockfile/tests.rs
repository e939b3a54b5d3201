//! Packages are counted, and too many of them give a warning.

use super::{AIM, PackageCount, check, count};

const LOCK: &str = r#"
version = 4
[[package]]
name = "talea"
version = "0.1.0"
dependencies = ["bytes 1.0.0"]
[[package]]
name = "bytes"
version = "1.0.0"
source = "registry"
[[package]]
name = "bytes"
version = "0.5.0"
source = "registry"
"#;

#[test]
fn every_version_of_a_package_counts() {
    assert_eq!(count(LOCK), Ok(PackageCount(3)));
}

#[test]
fn text_that_is_no_lock_file_is_an_error() {
    assert!(count("x = 1").is_err());
    assert!(count("[[").is_err());
}

#[test]
fn missing_the_aim_warns() {
    assert_eq!(check(PackageCount(AIM)), vec![]);
    assert_eq!(check(PackageCount(AIM + 1)).len(), 1);
}
