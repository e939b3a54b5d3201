//! Styles that operators edit: every setting shows on the page, and every mistake is named with its field.

use crate::pdf_text::{Pdf, png};
use documents::{Blocks, DocumentError, InvoiceDocument, InvoiceStyle, Labels, Paper, Party};
use documents::{render, sample_invoice, sample_style};

/// The field and the reason of a refusal.
fn refusal(style: &InvoiceStyle) -> (String, String) {
    let refused = style.check().expect_err("refused");
    assert_eq!(render(&sample_invoice(), style).expect_err("refused"), refused);
    match refused {
        DocumentError::Invalid { field, reason } => (field, reason),
        other => panic!("{other:?}"),
    }
}

fn text(style: &InvoiceStyle) -> String {
    Pdf::new(&render(&sample_invoice(), style).expect("it renders")).text()
}

#[test]
fn a_style_kept_as_text_comes_back_as_it_was_and_needs_only_what_differs() {
    let kept = toml::to_string(&InvoiceStyle::default()).expect("it is written");
    assert_eq!(toml::from_str::<InvoiceStyle>(&kept).expect("it is read"), InvoiceStyle::default());
    assert_eq!(toml::from_str::<InvoiceStyle>("").expect("it is read"), InvoiceStyle::default());
    let edited = "accent = \"#7a1f3d\"\npaper = \"letter\"\n[labels]\nnotes = \"Hinweise\"\n[blocks]\npayment_part = false";
    let expected = InvoiceStyle {
        accent: "#7a1f3d".to_owned(),
        paper: Paper::Letter,
        labels: Labels { notes: "Hinweise".to_owned(), ..Labels::default() },
        blocks: Blocks { payment_part: false, ..Blocks::default() },
        ..InvoiceStyle::default()
    };
    assert_eq!(toml::from_str::<InvoiceStyle>(edited).expect("it is read"), expected);
}

#[test]
fn a_misspelt_setting_is_refused_by_name() {
    for (edited, name) in [
        ("acent = \"#7a1f3d\"", "acent"),
        ("paper = \"a5\"", "a5"),
        ("[labels]\nnote = \"Hinweise\"", "note"),
        ("[blocks]\npayment = false", "payment"),
    ] {
        let refused = toml::from_str::<InvoiceStyle>(edited).expect_err("refused").to_string();
        assert!(refused.contains(name), "{edited:?}: {refused}");
    }
}

#[test]
fn words_in_the_customers_language_replace_ours() {
    let labels = Labels {
        number: "Rechnungsnummer".to_owned(),
        pay_by: "Bitte bis {date} zahlen".to_owned(),
        money: "{amount} {currency}".to_owned(),
        amount: "Betrag in {currency}".to_owned(),
        section_subtotal: "Summe {section}".to_owned(),
        total_of_document: "Gesamtbetrag".to_owned(),
        page: "Seite {page} von {pages}".to_owned(),
        how_to_pay: "So zahlen Sie".to_owned(),
        ..Labels::default()
    };
    let text = text(&InvoiceStyle { labels, language: "de".to_owned(), ..InvoiceStyle::default() });
    for words in [
        "Rechnungsnummer",
        "Bitte bis 15 July 2026 zahlen",
        "59.38 USD",
        "Betrag in USD",
        "Summe Monthly fees",
        "Gesamtbetrag",
        "Seite 1 von 1",
        "So zahlen Sie",
    ] {
        assert!(text.contains(words), "{words:?} is missing in:\n{text}");
    }
    for ours in ["Please pay", "USD 59.38", "Subtotal Monthly", "Page 1", "How to pay"] {
        assert!(!text.contains(ours), "{ours:?} is left in:\n{text}");
    }
}

#[test]
fn a_label_with_a_placeholder_that_nobody_fills_is_refused() {
    let with = |labels: Labels| refusal(&InvoiceStyle { labels, ..InvoiceStyle::default() });
    let (field, reason) = with(Labels { page: "Page {page} of {total}".to_owned(), ..Labels::default() });
    assert_eq!(field, "style.labels.page");
    assert!(reason.contains("{total}") && reason.contains("{page}, {pages}"), "{reason}");
    let (field, _) = with(Labels { notes: "Notes {date}".to_owned(), ..Labels::default() });
    assert_eq!(field, "style.labels.notes");
    let long = Labels { notes: "x".repeat(documents::MAX_LABEL_CHARS + 1), ..Labels::default() };
    let refused = InvoiceStyle { labels: long, ..InvoiceStyle::default() }.check().expect_err("refused");
    assert_eq!(
        refused,
        DocumentError::TooLarge { what: "style.labels.notes".to_owned(), found: 121, limit: 120 }
    );
}

#[test]
fn braces_in_facts_stay_what_they_are() {
    let invoice = InvoiceDocument { due_date: "{date} {page}".to_owned(), ..sample_invoice() };
    let text = Pdf::new(&render(&invoice, &sample_style()).expect("it renders")).text();
    assert!(text.contains("Please pay by {date} {page}"), "{text}");
}

#[test]
fn colours_and_languages_are_checked() {
    for accent in ["", "red", "#12345", "#12345g", "#1234567", "0f5c8c", "#ééé"] {
        let style = InvoiceStyle { accent: accent.to_owned(), ..InvoiceStyle::default() };
        assert_eq!(refusal(&style).0, "style.accent", "{accent:?}");
    }
    for language in ["", "e", "en_US", "en-", "englishish", "en US"] {
        let style = InvoiceStyle { language: language.to_owned(), ..InvoiceStyle::default() };
        assert_eq!(refusal(&style).0, "style.language", "{language:?}");
    }
    for (accent, language) in [("#ffffff", "de"), ("#FFEE00", "pt-BR"), ("#000000", "zh-Hant-TW")] {
        let (accent, language) = (accent.to_owned(), language.to_owned());
        InvoiceStyle { accent, language, ..InvoiceStyle::default() }.check().expect("a good style");
    }
}

#[test]
fn the_paper_is_the_one_that_was_chosen() {
    let letter = InvoiceStyle { paper: Paper::Letter, ..sample_style() };
    let info = Pdf::new(&render(&sample_invoice(), &letter).expect("it renders")).info();
    assert!(info.contains("612 x 792 pts (letter)"), "{info}");
}

#[test]
fn parts_that_are_switched_off_are_not_printed() {
    let off = Blocks {
        accent_bar: false,
        name_beside_logo: false,
        customer_contacts: false,
        amount_box: false,
        section_subtotals: false,
        notes: false,
        payment_part: false,
        operator_contacts: false,
    };
    let words = [
        "anna.lindqvist@example.com",
        "Please pay by",
        "Subtotal Monthly fees",
        "Films are charged",
        "How to pay",
        "Questions?",
    ];
    let (with, without) = (text(&sample_style()), text(&InvoiceStyle { blocks: off, ..sample_style() }));
    for words in words {
        assert!(with.contains(words), "{words:?} is missing in:\n{with}");
        assert!(!without.contains(words), "{words:?} is left in:\n{without}");
    }
    assert!(without.contains("59.38") && without.contains("HomeConnect+"), "{without}");
}

#[test]
fn a_foot_of_ones_own_replaces_the_operators_address() {
    let footer = Some("Northwind plc, registered in Lakeside, number 4711".to_owned());
    let text = text(&InvoiceStyle { footer, ..sample_style() });
    assert!(text.contains("number 4711") && !text.contains("200 Harbor Road"), "{text}");
}

#[test]
fn every_kind_of_png_is_a_logo_and_shows_as_one_picture() {
    for (kind, channels) in [(0, 1), (2, 3), (4, 2), (6, 4)] {
        let style = InvoiceStyle { logo: Some(png(40, 20, kind, channels)), ..InvoiceStyle::default() };
        let pdf = Pdf::new(&render(&sample_invoice(), &style).expect("it renders"));
        let images = pdf.images();
        assert!(images.contains("image") && images.contains(" 40 "), "{kind}: {images}");
    }
}

#[test]
fn a_logo_that_is_none_is_refused_before_it_is_used() {
    let with = |logo: Vec<u8>| InvoiceStyle { logo: Some(logo), ..InvoiceStyle::default() };
    let whole = png(40, 20, 6, 4);
    for broken in [
        Vec::new(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        whole[..whole.len() / 2].to_vec(),
    ] {
        let (field, reason) = refusal(&with(broken));
        assert_eq!(field, "style.logo");
        assert!(reason.contains("PNG"), "{reason}");
    }
    let refused = with(vec![b' '; documents::MAX_LOGO_BYTES + 1]).check().expect_err("refused");
    assert!(matches!(refused, DocumentError::TooLarge { what, .. } if what == "style.logo"));
    // A small file that unfolds into a very large picture is not unfolded at all.
    let refused = with(png(60_000, 60_000, 0, 0)).check().expect_err("refused");
    assert!(matches!(refused, DocumentError::TooLarge { limit, .. } if limit == documents::MAX_LOGO_PIXELS));
}

#[test]
fn invoices_do_without_logo_and_options() {
    let mut bare = InvoiceDocument {
        sections: Vec::new(),
        taxes: Vec::new(),
        previous_balance: None,
        payments_received: None,
        payment_instructions: Vec::new(),
        notes: Vec::new(),
        ..sample_invoice()
    };
    bare.operator = Party { name: "Operator".to_owned(), ..Party::default() };
    bare.customer = Party { name: "Customer".to_owned(), ..Party::default() };
    let pale = InvoiceStyle { accent: "#ffee00".to_owned(), ..InvoiceStyle::default() };
    let text = Pdf::new(&render(&bare, &pale).expect("it renders")).text();
    assert!(text.contains("Operator") && text.contains("Customer") && text.contains("USD 59.38"), "{text}");
}
