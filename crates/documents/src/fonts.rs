//! The typefaces that every document has, whatever machine it is made on.
//!
//! Inter (OFL-1.1) sets Latin, Greek and Cyrillic; DejaVu Sans steps in, letter by letter, for Arabic, Hebrew, Armenian,
//! Georgian, symbols and plain faces. Licences lie beside the files. Parsed once; the bytes stay where the binary has them.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

const FILES: [&[u8]; 3] = [
    include_bytes!("../fonts/Inter-Regular.otf"),
    include_bytes!("../fonts/Inter-SemiBold.otf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
];

/// All typefaces and typst's index of them.
pub(crate) struct Typefaces {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
}

pub(crate) static TYPEFACES: LazyLock<Typefaces> = LazyLock::new(|| {
    let fonts: Vec<Font> = FILES.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
    Typefaces { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});
