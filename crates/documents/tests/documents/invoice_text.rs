//! What the recipient of an invoice finds in it.

use crate::pdf_text::Pdf;
use documents::{DocumentDate, DocumentError, InvoiceDocument, Line, Section};
use documents::{render, sample_invoice, sample_style};

#[test]
fn an_invoice_says_what_is_due_for_what_and_until_when() {
    let pdf = Pdf::new(&render(&sample_invoice(), &sample_style()).expect("the sample renders"));
    let text = pdf.text();
    for fact in [
        "INV-2026-000417",
        "100 417",
        "1 July 2026",
        "15 July 2026",
        "Northwind Communications",
        "Anna Lindqvist",
        "17 Orchard Lane",
        "Monthly fees",
        "HomeConnect+",
        "39.99",
        "HBO",
        "5.99",
        "DVR",
        "4.99",
        "50.97",
        "Video on demand",
        "3.99",
        "Net amount",
        "Sales tax 8%",
        "4.40",
        "51.30",
        "Amount (USD)",
        "Page 1 of 1",
        "Bank transfer to account 000 123 456 789",
    ] {
        assert!(text.contains(fact), "{fact:?} is missing in:\n{text}");
    }
    assert!(
        text.lines().any(|line| line.contains("Amount due by 15 July 2026") && line.contains("USD 59.38"))
    );
    assert!(text.lines().any(|line| line.contains("HomeConnect+") && line.trim_end().ends_with("39.99")));
}

#[test]
fn metadata_names_the_invoice_and_its_own_date() {
    let info = Pdf::new(&render(&sample_invoice(), &sample_style()).expect("the sample renders")).info();
    let has =
        |name: &str, value: &str| info.lines().any(|line| line.starts_with(name) && line.contains(value));
    assert!(has("Title:", "Invoice INV-2026-000417"), "{info}");
    assert!(has("Author:", "Northwind Communications"), "{info}");
    assert!(has("CreationDate:", "2026-07-01T00:00:00Z"), "{info}");
    assert!(has("Page size:", "A4"), "{info}");
    assert!(has("Tagged:", "yes"), "{info}");
}

#[test]
fn screen_readers_get_headings_and_a_table_in_the_order_of_reading() {
    let structure =
        Pdf::new(&render(&sample_invoice(), &sample_style()).expect("the sample renders")).structure();
    let mut rest = structure.as_str();
    for step in [
        "H1",
        "Invoice",
        "P",
        "Anna Lindqvist",
        "Table",
        "TR",
        "TH",
        "Description",
        "TD",
        "HomeConnect+",
        "39.99",
        "Subtotal Monthly fees",
        "Total invoice",
        "H2",
        "How to pay",
    ] {
        let place =
            rest.find(step).unwrap_or_else(|| panic!("{step:?} is not where it belongs in:\n{structure}"));
        rest = &rest[place + step.len()..];
    }
    assert!(!structure.contains("Page 1 of 1"), "the foot is decoration:\n{structure}");
}

#[test]
fn only_the_used_part_of_each_typeface_is_in_the_file() {
    let pdf = render(&sample_invoice(), &sample_style()).expect("the sample renders");
    assert!(pdf.len() < 60_000, "{} bytes", pdf.len());
    let fonts = Pdf::new(&pdf).fonts();
    let faces: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(faces.len(), 2, "{fonts}");
    for face in faces {
        assert!(face.contains("+Inter-") && face.contains("yes yes yes"), "{fonts}");
    }
}

#[test]
fn the_same_invoice_gives_the_same_bytes() {
    let render = || render(&sample_invoice(), &sample_style()).expect("the sample renders");
    assert!(render() == render());
}

#[test]
fn a_credit_asks_for_no_payment() {
    let credit = InvoiceDocument {
        title: "Credit note".to_owned(),
        payable: false,
        amount_due: "−12.00".to_owned(),
        previous_balance: None,
        payments_received: None,
        notes: Vec::new(),
        taxes: Vec::new(),
        ..sample_invoice()
    };
    let text = Pdf::new(&render(&credit, &sample_style()).expect("it renders")).text();
    assert!(
        text.contains("Credit note") && text.contains("Nothing to pay") && text.contains("−12.00"),
        "{text}"
    );
    assert!(!text.contains("How to pay") && !text.contains("15 July 2026"), "{text}");
}

#[test]
fn two_thousand_lines_are_all_there_under_repeated_headings() {
    let mut invoice = sample_invoice();
    invoice.sections[1].lines = (0..2_000)
        .map(|index| Line {
            description: format!("Session number {index}."),
            period: "14 June 2026 21:04".to_owned(),
            quantity: "2 MB".to_owned(),
            unit_price: "0.01".to_owned(),
            amount: format!("{index}.07"),
        })
        .collect();
    let pdf = Pdf::new(&render(&invoice, &sample_style()).expect("it renders"));
    let (text, pages) = (pdf.text(), pdf.pages());
    for index in 0..2_000 {
        assert!(text.contains(&format!("Session number {index}.")), "line {index} is missing");
    }
    assert!(pages > 20, "{pages} pages");
    assert!(text.contains(&format!("Page {pages} of {pages}")));
    let headings = text.matches("Amount (USD)").count();
    assert!(headings >= pages - 1, "{headings} headings on {pages} pages");
    assert!(text.matches("Mobile data").count() >= pages - 2, "the section's name is not repeated");
}

#[test]
fn a_sections_sum_never_begins_a_page_and_its_name_never_ends_one() {
    let line = sample_invoice().sections[0].lines[0].clone();
    // The first page ends among these counts, for the second section the second page.
    for count in 24..44 {
        let section = |name: &str, count: usize| Section {
            title: name.to_owned(),
            lines: (0..count)
                .map(|index| Line { description: format!("{name} {index}."), ..line.clone() })
                .collect(),
            subtotal: "1.00".to_owned(),
        };
        let sections = vec![section("Calls", count), section("Films", 40)];
        let pdf = Pdf::new(
            &render(&InvoiceDocument { sections, ..sample_invoice() }, &sample_style()).expect("it renders"),
        );
        let text = pdf.text();
        for (name, last) in [("Calls", count - 1), ("Films", 39)] {
            let page = |words: String| text.split('\u{c}').position(|page| page.contains(&words));
            let sum = page(format!("Subtotal {name}"));
            assert!(sum.is_some() && sum == page(format!("{name} {last}.")), "{count}: {name}\n{text}");
            let title = text.split('\u{c}').position(|page| page.lines().any(|line| line.trim() == name));
            assert!(title.is_some() && title == page(format!("{name} 0.")), "{count}: {name}\n{text}");
        }
    }
}

#[test]
fn texts_higher_than_a_page_go_on_over_the_next_ones() {
    let mut invoice = sample_invoice();
    invoice.customer.address = (0..200).map(|index| format!("Address line {index}.")).collect();
    invoice.notes = (0..200).map(|index| format!("Note {index}. {}", "long ".repeat(60))).collect();
    // The widest letter there is: one a line in a column of quantities.
    invoice.sections[0].lines[0].quantity = "\u{fdfd}".repeat(900);
    let pdf = Pdf::new(&render(&invoice, &sample_style()).expect("it renders"));
    let text = pdf.text();
    assert!(pdf.pages() > 5);
    for index in 0..200 {
        assert!(
            text.contains(&format!("Address line {index}.")) && text.contains(&format!("Note {index}.")),
            "{index}"
        );
    }
}

#[test]
fn documents_made_at_the_same_time_do_not_mix() {
    let number = |index: usize| format!("PARALLEL-{index}");
    let documents: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|index| {
                scope.spawn(move || {
                    render(&InvoiceDocument { number: number(index), ..sample_invoice() }, &sample_style())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic").expect("it renders")).collect()
    });
    for (index, bytes) in documents.iter().enumerate() {
        let text = Pdf::new(bytes).text();
        assert!(text.contains(&number(index)), "{index}");
        assert_eq!(text.matches("PARALLEL-").count(), text.matches(&number(index)).count(), "{index}");
    }
}

#[test]
fn what_no_invoice_can_hold_is_refused_by_name() {
    let refused = |invoice: InvoiceDocument| render(&invoice, &sample_style()).expect_err("refused");
    let mut long_name = sample_invoice();
    long_name.customer.name = "x".repeat(documents::MAX_TEXT_CHARS + 1);
    assert_eq!(
        refused(long_name),
        DocumentError::TooLarge { what: "customer.name".to_owned(), found: 1_001, limit: 1_000 }
    );
    let mut many_lines = sample_invoice();
    many_lines.sections[0].lines = vec![many_lines.sections[0].lines[0].clone(); documents::MAX_LINES + 1];
    assert!(matches!(refused(many_lines), DocumentError::TooLarge { what, .. } if what == "sections.lines"));
    let mut deep = sample_invoice();
    deep.sections[1].lines[0].description = "x".repeat(documents::MAX_TEXT_CHARS + 1);
    assert!(
        matches!(refused(deep), DocumentError::TooLarge { what, .. } if what == "sections[1].lines[0].description")
    );
    let date = DocumentDate { year: 2026, month: 2, day: 30 };
    assert_eq!(refused(InvoiceDocument { dated: date, ..sample_invoice() }).code(), "DOC-002");
}
