//! The text files of the workspace, read once and handed to every rule.
//!
//! Knows which folders are ours to look at; knows no rule.

use std::fs;
use std::path::Path;

use crate::masking;

/// Folders that hold nothing of ours to judge.
const SKIPPED_FOLDERS: [&str; 4] = ["target", ".git", "node_modules", "talea-data"];

/// Deepest folder looked into; the workspace is flat, so anything deeper is a loop of links.
const DEEPEST_FOLDER: usize = 16;

/// Largest file read as text, in bytes; larger ones are data, not source.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// One text file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path from the workspace root, with `/` between its parts.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The same text with comments and literals blanked out, for Rust files; see [`masking::code_only`].
    pub code: String,
}

impl SourceFile {
    /// A file from its path and text.
    pub fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { masking::code_only(text) } else { String::new() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The crate it belongs to (`crates/NAME/...`), if any.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether it is Rust under the `src` folder of a crate.
    pub fn is_crate_source(&self) -> bool {
        let mut parts = self.path.split('/');
        self.is_rust() && parts.next() == Some("crates") && parts.nth(1) == Some("src")
    }

    /// Whether it holds tests, benchmarks or examples rather than the code under test.
    pub fn is_test(&self) -> bool {
        let outside_src = self.crate_name().is_some() && self.is_rust() && !self.is_crate_source();
        let in_tests_folder = self.path.split('/').any(|part| part == "tests");
        outside_src || in_tests_folder || self.path.ends_with("/tests.rs")
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Reads every text file below `root` whose name ends in one of `endings`, in path order.
///
/// # Errors
/// A sentence naming the folder or file that could not be read.
pub fn read_tree(root: &Path, endings: &[&str]) -> Result<Vec<SourceFile>, String> {
    let mut found = Vec::new();
    walk(root, "", 0, endings, &mut found)?;
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    endings: &[&str],
    found: &mut Vec<SourceFile>,
) -> Result<(), String> {
    if depth > DEEPEST_FOLDER {
        return Err(format!("{prefix} is deeper than {DEEPEST_FOLDER} folders"));
    }
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        // A file that vanishes between listing and reading belongs to somebody's running build.
        let Ok(about) = entry.metadata() else { continue };
        if about.is_dir() && !SKIPPED_FOLDERS.contains(&name.as_str()) {
            walk(&entry.path(), &path, depth + 1, endings, found)?;
        } else if about.is_file()
            && about.len() <= LARGEST_FILE
            && endings.iter().any(|end| name.ends_with(end))
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(SourceFile::new(&path, &text));
        }
    }
    Ok(())
}
