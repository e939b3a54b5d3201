//! Whatever a customer calls himself, the invoice prints it and does nothing else.

use crate::pdf_text::Pdf;
use documents::{InvoiceDocument, InvoiceStyle, render, sample_invoice};

/// An invoice that has `text` wherever a customer or a network element can put text.
fn invoice_with(text: &str) -> InvoiceDocument {
    let mut invoice = sample_invoice();
    invoice.customer.name = text.to_owned();
    invoice.customer.address = vec![text.to_owned(), text.to_owned()];
    invoice.customer.email = Some(text.to_owned());
    invoice.sections[0].title = text.to_owned();
    invoice.sections[0].lines[0].description = text.to_owned();
    invoice.notes = vec![text.to_owned()];
    invoice
}

fn printed(text: &str) -> Pdf {
    Pdf::new(
        &render(&invoice_with(text), &InvoiceStyle::default())
            .unwrap_or_else(|error| panic!("{text:?}: {error}")),
    )
}

#[test]
fn markup_of_any_kind_is_printed_as_it_is() {
    for text in [
        "*Bob* _Smith_ #1",
        "#panic(1)",
        "#read(\"/invoice.json\")",
        "= No heading",
        "$ x^2 $ ` raw ` <label> @cite",
        "// no comment /* nor this */",
        "-- --- ... ~ \\ \\u{41} [a] {b}",
        "<b>bold</b> & \"quotes\" 'too'",
        "{{ 7 * 7 }} ${7*7} %s %n",
        "https://example.com/a?b=c#d",
        "/Type /Catalog endstream endobj",
        "(Tj) <</ActualText (x)>> EMC ET",
        "a -> b <= c != d 3x4 {date}",
    ] {
        let pdf = printed(text);
        let times = pdf.text().matches(text).count();
        assert!(times >= 5, "{text:?} is printed {times} times in:\n{}", pdf.text());
    }
}

#[test]
fn words_longer_than_the_page_are_broken_and_lose_nothing() {
    let word = "Donaudampfschifffahrtsgesellschaft".repeat(20);
    let pdf = printed(&word);
    assert!(pdf.unbroken_text().matches(&word).count() >= 3);
    // Nothing may run off the page or over the next column: the first line of the table still ends in its amount.
    assert!(pdf.text().lines().any(|line| line.trim_end().ends_with("39.99")));
}

#[test]
fn every_script_and_picture_is_accepted() {
    for (text, must_be_read) in [
        ("Łukasz Żółć, Ünal Çağrı, Σωκράτης, Жанна", true),
        ("שלום עולם", true),
        ("شركة الاتصالات", false), // poppler answers presentation forms in visual order
        ("\u{202e}evil\u{202c}", false),
        ("日本語 हिन्दी ไทย", false), // no glyphs bundled
        ("👩‍👩‍👧‍👦 🎉 😀 🇸🇪", false),
        ("e\u{301}\u{301}\u{301}\u{301} a\u{0}b \u{7}\u{1b}[31m \u{feff}\u{fffd}\u{10ffff}", false),
        ("line one\nline two\r\n\tthree\u{2028}four", false),
        ("", false),
        (" ", false),
    ] {
        let read = printed(text).text();
        assert!(read.contains("USD 59.38"), "{text:?}");
        assert!(!must_be_read || text.split(' ').all(|word| read.contains(word)), "{text:?}:\n{read}");
    }
}
