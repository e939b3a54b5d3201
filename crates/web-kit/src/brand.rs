//! White label: name, logo and one accent colour. From the accent follow a light and a dark variant that keep AA contrast,
//! served as a style sheet of their own (the content security policy allows no inline styles). Must not know: resellers.

#![allow(clippy::float_arithmetic, reason = "colours, not money")]

use crate::markup::{Markup, el};

/// How a portal presents itself.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The name at the top and in titles.
    pub name: String,
    /// The accent colour; `None` keeps the product's own.
    pub accent: Option<Colour>,
    /// Address of the logo (same origin, e.g. `assets::url("favicon.svg")` for the product's mark), shown instead of the name's initial.
    pub logo: Option<String>,
    /// A line under the sign-in form and at the end of self-care pages (support number, legal name).
    pub small_print: Option<String>,
}

impl Brand {
    /// The product's own look under a name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), accent: None, logo: None, small_print: None }
    }

    pub(crate) fn mark(&self) -> Markup {
        match &self.logo {
            Some(logo) => el("img").class("mark").attr("src", logo).attr("alt", "").into(),
            None => {
                let initial: String = self.name.chars().take(1).flat_map(char::to_uppercase).collect();
                el("span").class("mark").attr("aria-hidden", "true").child(initial).into()
            }
        }
    }
}

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Red, green, blue.
    pub rgb: [u8; 3],
}

/// What text must reach against its ground (WCAG 2.2, 1.4.3).
pub const AA_TEXT: f64 = 4.5;
/// Lightest ground of the light theme and of the dark theme's raised surfaces, which an accent is read on.
const LIGHT_GROUND: Colour = Colour { rgb: [0xf4, 0xf5, 0xf8] };
const DARK_GROUND: Colour = Colour { rgb: [0x1d, 0x20, 0x27] };
const WHITE: Colour = Colour { rgb: [255; 3] };
const BLACK: Colour = Colour { rgb: [0x10, 0x12, 0x16] };
/// Steps from a colour to white or black while searching for contrast.
const STEPS: u8 = 100;

impl Colour {
    /// Reads `3a5bcc` or `#3a5bcc`.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        match *crate::hex::decode(digits)?.as_slice() {
            [red, green, blue] => Some(Self { rgb: [red, green, blue] }),
            _ => None,
        }
    }

    /// Six hex digits.
    pub fn hex(self) -> String {
        crate::hex::encode(&self.rgb)
    }

    /// WCAG contrast ratio, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.rgb.map(|channel| {
            let level = f64::from(channel) / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn toward(self, target: Self, step: u8) -> Self {
        let mut rgb = self.rgb;
        for (channel, goal) in rgb.iter_mut().zip(target.rgb) {
            let mixed = (u16::from(*channel) * u16::from(STEPS - step) + u16::from(goal) * u16::from(step))
                / u16::from(STEPS);
            *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        Self { rgb }
    }

    /// This colour, moved toward black or white just far enough to be read on `ground`.
    fn readable_on(self, ground: Self) -> Self {
        let target = if ground.luminance() > 0.5 { BLACK } else { WHITE };
        (0..=STEPS)
            .map(|step| self.toward(target, step))
            .find(|candidate| candidate.contrast(ground) >= AA_TEXT)
            .unwrap_or(target)
    }

    fn ink(self) -> Self {
        if self.contrast(WHITE) >= AA_TEXT { WHITE } else { BLACK }
    }

    /// Accent for the light theme, accent for the dark theme, and the ink on each.
    pub fn accents(self) -> [Self; 4] {
        let (light, dark) = (self.readable_on(LIGHT_GROUND), self.readable_on(DARK_GROUND));
        [light, dark, light.ink(), dark.ink()]
    }

    pub(crate) fn style_sheet(self) -> String {
        let [light, dark, ink_light, ink_dark] = self.accents().map(Self::hex);
        format!(
            "@layer brand{{:root{{--accent:light-dark(#{light},#{dark});--on-accent:light-dark(#{ink_light},#{ink_dark})}}}}\n"
        )
    }

    pub(crate) fn url(self) -> String {
        format!("/assets/brand/{}.css", self.hex())
    }
}
