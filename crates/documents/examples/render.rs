//! Writes sample invoices and says how long they took:
//! `cargo run -p documents --example render -- small.pdf [usage lines [style.toml]]`.

use std::time::Instant;

use documents::{InvoiceDocument, InvoiceStyle, Line, Section, render, sample_invoice, sample_style};

const WARM_ROUNDS: u32 = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: render PATH [USAGE LINES [STYLE]]")?;
    let usage_lines: usize = arguments.next().map_or(Ok(0), |count| count.parse())?;
    let mut style = sample_style();
    if let Some(file) = arguments.next() {
        let edited: InvoiceStyle = toml::from_str(&std::fs::read_to_string(file)?)?;
        style = InvoiceStyle { logo: style.logo, ..edited };
    }
    let invoice = with_usage(sample_invoice(), usage_lines);

    let start = Instant::now();
    let pdf = render(&invoice, &style)?;
    let cold = start.elapsed();
    let start = Instant::now();
    for _ in 0..WARM_ROUNDS {
        render(&invoice, &style)?;
    }
    let warm = start.elapsed() / WARM_ROUNDS;
    println!("{path}: {} bytes, first {cold:?}, then {warm:?} each", pdf.len());
    std::fs::write(path, pdf)?;
    Ok(())
}

fn with_usage(mut invoice: InvoiceDocument, count: usize) -> InvoiceDocument {
    if count == 0 {
        return invoice;
    }
    let lines = (0..count).map(|index| Line {
        description: format!("Call to +44 20 7946 {:04}, United Kingdom", (index * 37) % 10_000),
        period: format!(
            "{} June 2026 {:02}:{:02}",
            index * 30 / count + 1,
            (index * 5) % 24,
            (index * 7) % 60
        ),
        quantity: format!("{}:{:02} min", (index * 3) % 45, (index * 11) % 60),
        unit_price: "0.04".to_owned(),
        amount: format!("{}.{:02}", (index * 3) % 45 * 4 / 100, (index * 3) % 45 * 4 % 100),
    });
    invoice.sections.insert(
        1,
        Section {
            title: "International calls".to_owned(),
            lines: lines.collect(),
            subtotal: "128.40".to_owned(),
        },
    );
    invoice
}
