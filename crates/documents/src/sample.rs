//! An invoice of an invented customer, to preview and check styles with: every optional part is there.

use crate::{DocumentDate, InvoiceDocument, InvoiceStyle, Line, Party, Section, Tax};

const LOGO: &[u8] = include_bytes!("../sample/logo.png");

/// The style of the invented operator of [`sample_invoice`]: the default with his logo.
pub fn sample_style() -> InvoiceStyle {
    InvoiceStyle { logo: Some(LOGO.to_vec()), ..InvoiceStyle::default() }
}

/// A complete invoice of a triple-play customer, always the same.
pub fn sample_invoice() -> InvoiceDocument {
    InvoiceDocument {
        title: "Invoice".to_owned(),
        number: "INV-2026-000417".to_owned(),
        dated: DocumentDate { year: 2026, month: 7, day: 1 },
        issue_date: "1 July 2026".to_owned(),
        due_date: "15 July 2026".to_owned(),
        period_from: "1 June".to_owned(),
        period_to: "30 June 2026".to_owned(),
        currency: "USD".to_owned(),
        operator: operator(),
        customer: customer(),
        customer_number: "100 417".to_owned(),
        sections: sections(),
        subtotal: "54.98".to_owned(),
        taxes: vec![Tax { name: "Sales tax 8%".to_owned(), amount: "4.40".to_owned() }],
        total: "59.38".to_owned(),
        previous_balance: Some("51.30".to_owned()),
        payments_received: Some("−51.30".to_owned()),
        amount_due: "59.38".to_owned(),
        payable: true,
        payment_instructions: texts(&[
            "Bank transfer to account 000 123 456 789",
            "Routing number 011 000 015, First Harbor Bank, Lakeside",
            "Please quote the reference with your payment.",
            "Or pay by card at my.northwind.example",
        ]),
        notes: texts(&["Films are charged at the moment of purchase and listed with their time."]),
    }
}

fn operator() -> Party {
    Party {
        name: "Northwind Communications".to_owned(),
        address: texts(&["200 Harbor Road", "Lakeside, ME 04100"]),
        email: Some("billing@northwind.example".to_owned()),
        phone: Some("+1 207 555 0100".to_owned()),
        tax_id: Some("01-2345678".to_owned()),
        website: Some("northwind.example".to_owned()),
    }
}

fn customer() -> Party {
    Party {
        name: "Anna Lindqvist".to_owned(),
        address: texts(&["17 Orchard Lane", "Apartment 4", "Lakeside, ME 04101"]),
        email: Some("anna.lindqvist@example.com".to_owned()),
        ..Party::default()
    }
}

fn sections() -> Vec<Section> {
    let fee =
        |description: &str, amount: &str| line(description, "1 – 30 June 2026", "1 month", amount, amount);
    vec![
        Section {
            title: "Monthly fees".to_owned(),
            lines: vec![fee("HomeConnect+", "39.99"), fee("HBO", "5.99"), fee("DVR", "4.99")],
            subtotal: "50.97".to_owned(),
        },
        Section {
            title: "Mobile data".to_owned(),
            lines: vec![line(
                "Internet session, +1 207 555 0142",
                "14 June 2026 21:04",
                "2 MB",
                "0.01",
                "0.02",
            )],
            subtotal: "0.02".to_owned(),
        },
        Section {
            title: "Video on demand".to_owned(),
            lines: vec![line("Film “The Long Pier”", "20 June 2026 20:31", "1", "3.99", "3.99")],
            subtotal: "3.99".to_owned(),
        },
    ]
}

fn line(description: &str, period: &str, quantity: &str, unit_price: &str, amount: &str) -> Line {
    Line {
        description: description.to_owned(),
        period: period.to_owned(),
        quantity: quantity.to_owned(),
        unit_price: unit_price.to_owned(),
        amount: amount.to_owned(),
    }
}

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}
