//! What a reader finds in a PDF, as poppler (Debian poppler-utils) sees it: an eye that is not ours.

use std::path::PathBuf;
use std::process::Command;

/// A PDF on disk for the poppler tools, removed with its folder.
pub struct Pdf {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Pdf {
    pub fn new(bytes: &[u8]) -> Self {
        assert!(bytes.starts_with(b"%PDF-"), "not a PDF");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("document.pdf");
        std::fs::write(&path, bytes).expect("the PDF is written");
        Self { _folder: folder, path }
    }

    /// Text in reading order; the invisible break opportunities in long words taken out again.
    pub fn text(&self) -> String {
        self.poppler("pdftotext", &["-layout"], &["-"]).replace('\u{200b}', "")
    }

    /// The text with all white space taken out, for what may be broken over lines.
    pub fn unbroken_text(&self) -> String {
        self.poppler("pdftotext", &["-raw"], &["-"]).replace('\u{200b}', "").split_whitespace().collect()
    }

    /// Metadata and page count, `Name: value` lines.
    pub fn info(&self) -> String {
        self.poppler("pdfinfo", &["-isodates"], &[])
    }

    pub fn pages(&self) -> usize {
        let info = self.info();
        let pages = info.lines().find_map(|line| line.strip_prefix("Pages:")).expect("a page count");
        pages.trim().parse().expect("a number of pages")
    }

    fn poppler(&self, tool: &str, before: &[&str], after: &[&str]) -> String {
        let run = Command::new(tool).args(before).arg(&self.path).args(after).output();
        let run = run.unwrap_or_else(|error| panic!("{tool} (Debian package poppler-utils): {error}"));
        assert!(run.status.success(), "{tool}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("UTF-8 from poppler")
    }
}
