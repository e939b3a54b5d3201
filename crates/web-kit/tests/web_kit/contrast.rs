//! Text can be read in both themes (WCAG 2.2 AA): 4.5 for text, 3 for the edges of controls and figures.

use web_kit::{Colour, brand::AA_TEXT};

const TOKENS: &str = include_str!("../../assets/css/tokens.css");
const AA_EDGE: f64 = 3.0;

/// Ink, and the grounds it stands on.
const TEXT: [(&str, &[&str]); 14] = [
    (
        "text",
        &[
            "ground",
            "surface",
            "raised",
            "sunken",
            "hover",
            "neutral-soft",
            "good-soft",
            "busy-soft",
            "warn-soft",
            "bad-soft",
        ],
    ),
    ("muted", &["ground", "surface", "raised", "sunken", "hover", "neutral-soft"]),
    ("faint", &["ground", "surface", "raised", "sunken", "hover"]),
    ("accent", &["ground", "surface", "raised", "sunken", "hover"]),
    ("on-accent", &["accent"]),
    ("good", &["surface", "good-soft"]),
    ("busy", &["surface", "busy-soft"]),
    ("warn", &["surface", "warn-soft"]),
    ("bad", &["surface", "raised", "ground", "hover", "bad-soft"]),
    ("on-bad", &["bad"]),
    ("banner", &["banner-soft"]),
    ("surface", &["text"]),
    ("accent", &["good-soft", "busy-soft", "warn-soft", "bad-soft"]),
    ("text", &["banner-soft"]),
];
const EDGES: [(&str, &[&str]); 3] = [
    ("control-line", &["surface", "raised"]),
    ("accent", &["neutral-soft", "surface"]),
    ("warn-fill", &["surface"]),
];

/// Light and dark value of a token.
fn token(name: &str) -> [Colour; 2] {
    let (_, after) = TOKENS.split_once(&format!("--{name}: light-dark(")).unwrap();
    let mut values = after.split_once(')').unwrap().0.split(", ").map(|hex| Colour::from_hex(hex).unwrap());
    [values.next().unwrap(), values.next().unwrap()]
}

fn check(pairs: &[(&str, &[&str])], least: f64) {
    for (ink, grounds) in pairs {
        for ground in *grounds {
            for (theme, (one, other)) in
                ["light", "dark"].iter().zip(token(ink).into_iter().zip(token(ground)))
            {
                let ratio = one.contrast(other);
                assert!(ratio >= least, "{ink} on {ground}, {theme}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn declared_text_colours_reach_aa_in_both_themes() {
    check(&TEXT, AA_TEXT);
}

#[test]
fn edges_of_controls_and_figures_reach_three_in_both_themes() {
    check(&EDGES, AA_EDGE);
}

#[test]
fn the_ratio_agrees_with_known_values() {
    let [black, white, grey] = ["000000", "ffffff", "777777"].map(|hex| Colour::from_hex(hex).unwrap());
    assert!((20.99..=21.01).contains(&black.contrast(white)));
    assert!((4.47..=4.49).contains(&grey.contrast(white)));
}

#[test]
fn any_brand_colour_becomes_readable_as_text_and_as_a_button_in_both_themes() {
    for hex in
        ["ffff00", "00ff00", "ffffff", "000000", "ff0000", "0f766e", "ff69b4", "123456", "808080", "00ffff"]
    {
        let [light, dark, ink_light, ink_dark] = Colour::from_hex(hex).unwrap().accents();
        for (accent, ink, theme) in [(light, ink_light, 0), (dark, ink_dark, 1)] {
            assert!(ink.contrast(accent) >= AA_TEXT, "{hex}: ink on accent, theme {theme}");
            for ground in ["ground", "surface", "raised", "hover"] {
                assert!(accent.contrast(token(ground)[theme]) >= AA_TEXT, "{hex} on {ground}, theme {theme}");
            }
        }
    }
    assert_eq!(
        Colour::from_hex("0f766e").unwrap().accents()[0].hex(),
        "0f766e",
        "a readable colour stays itself"
    );
}

#[test]
fn only_six_hex_digits_are_a_colour() {
    for bad in ["", "fff", "ggg000", "0f766e;}", "ää", "0f766e00"] {
        assert_eq!(Colour::from_hex(bad), None, "{bad}");
    }
}
