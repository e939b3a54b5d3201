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

    /// Text as it lies on the page.
    pub fn text(&self) -> String {
        self.poppler("pdftotext", &["-layout"], &["-"])
    }

    /// The text with all white space taken out, for what may be broken over lines.
    pub fn unbroken_text(&self) -> String {
        self.poppler("pdftotext", &["-raw"], &["-"]).split_whitespace().collect()
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

    /// The tree that screen readers follow, with its text.
    pub fn structure(&self) -> String {
        self.poppler("pdfinfo", &["-struct-text"], &[])
    }

    /// A table of the typefaces in the file.
    pub fn fonts(&self) -> String {
        self.poppler("pdffonts", &[], &[])
    }

    /// A table of the pictures in the file.
    pub fn images(&self) -> String {
        self.poppler("pdfimages", &["-list"], &[])
    }

    fn poppler(&self, tool: &str, before: &[&str], after: &[&str]) -> String {
        let run = Command::new(tool).args(before).arg(&self.path).args(after).output();
        let run = run.unwrap_or_else(|error| panic!("{tool} (Debian package poppler-utils): {error}"));
        assert!(run.status.success(), "{tool}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("UTF-8 from poppler")
    }
}

/// A PNG file of one colour: 8 bits a channel, of the given colour type (0 grey, 2 RGB, 4 grey and alpha, 6 RGBA). No
/// channels: the header alone.
pub fn png(width: u32, height: u32, kind: u8, channels: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let colour = match kind {
        0 => png::ColorType::Grayscale,
        2 => png::ColorType::Rgb,
        4 => png::ColorType::GrayscaleAlpha,
        _ => png::ColorType::Rgba,
    };
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a header");
    if channels > 0 {
        let size = usize::try_from(width * height * channels).expect("a size");
        writer.write_image_data(&vec![120; size]).expect("pixels");
    }
    drop(writer);
    bytes
}
