//! Colours of a document, and how an operator's colour becomes readable ones.

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) red: u8,
    pub(crate) green: u8,
    pub(crate) blue: u8,
}

/// Brightness (0 to 65 025) below which text on white has the contrast of 4.5 that WCAG 2.2 asks for (1.4.3).
const READABLE: u32 = 11_900;
/// A pale colour is darkened in such steps, percent of itself.
const DARKEN_STEP: u32 = 96;

impl Colour {
    pub(crate) const BLACK: Self = Self::grey(0);
    pub(crate) const MUTED: Self = Self::grey(95);
    pub(crate) const HAIRLINE: Self = Self::grey(215);
    pub(crate) const ROW_RULE: Self = Self::grey(228);
    pub(crate) const SUM_RULE: Self = Self::grey(120);
    pub(crate) const CUT: Self = Self::grey(150);

    const fn grey(value: u8) -> Self {
        Self { red: value, green: value, blue: value }
    }

    /// Reads `#rrggbb`.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |range| digits.get(range).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        Some(Self { red: channel(0..2)?, green: channel(2..4)?, blue: channel(4..6)? })
    }

    /// The colour itself, or a darker one of its kind when text in it would be hard to read on white.
    pub(crate) fn readable(self) -> Self {
        let mut colour = self;
        while colour.brightness() > READABLE {
            colour = colour.map(|channel| channel * DARKEN_STEP / 100);
        }
        colour
    }

    /// `percent` of the colour, the rest white.
    pub(crate) fn tint(self, percent: u32) -> Self {
        self.map(|channel| 255 - (255 - channel) * percent / 100)
    }

    /// Relative luminance with a gamma of 2, near enough to sRGB's to choose by.
    fn brightness(self) -> u32 {
        let square = |channel: u8| u32::from(channel) * u32::from(channel);
        (2_126 * square(self.red) + 7_152 * square(self.green) + 722 * square(self.blue)) / 10_000
    }

    fn map(self, change: impl Fn(u32) -> u32) -> Self {
        let changed = |channel: u8| u8::try_from(change(u32::from(channel))).unwrap_or(u8::MAX);
        Self { red: changed(self.red), green: changed(self.green), blue: changed(self.blue) }
    }
}
