//! The typefaces that every document has, whatever machine it is made on.
//!
//! Inter (OFL-1.1) sets Latin, Greek and Cyrillic; DejaVu Sans steps in, letter by letter, for Arabic, Hebrew, Armenian,
//! Georgian, symbols and plain faces. Licences lie beside the files. Read once; the bytes stay where the binary has them.

use std::sync::LazyLock;

use crate::DocumentError;

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    SemiBold,
}

/// One of the bundled typefaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaceId {
    InterRegular,
    InterSemiBold,
    DejaVuSans,
}

impl FaceId {
    fn file(self) -> &'static [u8] {
        match self {
            Self::InterRegular => include_bytes!("../../fonts/Inter-Regular.otf"),
            Self::InterSemiBold => include_bytes!("../../fonts/Inter-SemiBold.otf"),
            Self::DejaVuSans => include_bytes!("../../fonts/DejaVuSans.ttf"),
        }
    }

    /// Its PostScript name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InterRegular => "Inter-Regular",
            Self::InterSemiBold => "Inter-SemiBold",
            Self::DejaVuSans => "DejaVuSans",
        }
    }
}

impl From<Weight> for FaceId {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Regular => Self::InterRegular,
            Weight::SemiBold => Self::InterSemiBold,
        }
    }
}

/// A typeface that was read.
pub(crate) struct Face {
    pub(crate) file: &'static [u8],
    pub(crate) shaper: rustybuzz::Face<'static>,
}

impl Face {
    fn read(id: FaceId) -> Option<Self> {
        Some(Self { file: id.file(), shaper: rustybuzz::Face::from_slice(id.file(), 0)? })
    }

    /// Font units in an em.
    pub(crate) fn units_per_em(&self) -> i64 {
        i64::from(self.shaper.units_per_em()).max(1)
    }

    pub(crate) fn has(&self, letter: char) -> bool {
        self.shaper.glyph_index(letter).is_some()
    }
}

/// All typefaces.
pub(crate) struct Faces {
    inter_regular: Face,
    inter_semi_bold: Face,
    deja_vu_sans: Face,
}

static FACES: LazyLock<Option<Faces>> = LazyLock::new(|| {
    Some(Faces {
        inter_regular: Face::read(FaceId::InterRegular)?,
        inter_semi_bold: Face::read(FaceId::InterSemiBold)?,
        deja_vu_sans: Face::read(FaceId::DejaVuSans)?,
    })
});

impl Faces {
    /// The bundled typefaces, read at the first call.
    ///
    /// # Errors
    /// [`DocumentError::Drawing`] when this program was built with broken files.
    pub(crate) fn bundled() -> Result<&'static Self, DocumentError> {
        FACES.as_ref().ok_or_else(|| DocumentError::Drawing("a bundled typeface can't be read".to_owned()))
    }

    pub(crate) fn get(&self, id: FaceId) -> &Face {
        match id {
            FaceId::InterRegular => &self.inter_regular,
            FaceId::InterSemiBold => &self.inter_semi_bold,
            FaceId::DejaVuSans => &self.deja_vu_sans,
        }
    }

    /// The typeface that has `letter`; the one of the weight also when none has it, and shows a box.
    pub(crate) fn for_letter(&self, weight: Weight, letter: char) -> FaceId {
        let first = FaceId::from(weight);
        if !self.get(first).has(letter) && self.deja_vu_sans.has(letter) { FaceId::DejaVuSans } else { first }
    }
}
