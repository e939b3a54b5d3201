//! Empty names fire as files and as folders, and only inside crates.

use super::check;
use crate::source::SourceFile;

#[test]
fn drawers_are_refused_as_files_and_as_folders() {
    for path in ["crates/a/src/utils.rs", "crates/a/src/common/mod.rs", "crates/a/tests/helpers.rs"] {
        assert_eq!(check(&SourceFile::new(path, "")).len(), 1, "{path}");
    }
}

#[test]
fn telling_names_and_files_outside_crates_pass() {
    for path in ["crates/a/src/session_update.rs", "crates/common-sense/src/lib.rs", "docs/types.md"] {
        assert_eq!(check(&SourceFile::new(path, "")), vec![], "{path}");
    }
}
